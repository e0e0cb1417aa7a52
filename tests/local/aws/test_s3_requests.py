"""Promises of the list of requests to S3."""

import time

import boto3

from tests.local.aws.endpoint import REGION, Endpoint
from tests.local.aws.test_role_credentials import answer, environment


def test_requests_to_s3_are_listed_by_program(endpoint: Endpoint) -> None:
    """While the file exists, it gets a line for each request to S3, with time and program, and no other."""
    began = time.time()
    credentials = answer(environment(endpoint)).json()
    program = boto3.Session(
        credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["Token"], region_name=REGION
    )
    owners = endpoint.client("s3")
    owners.create_bucket(Bucket="counted")
    endpoint.state.s3_requests.touch()
    try:
        owners.put_object(Bucket="counted", Key="a b", Body=b"x")
        program.client("s3", endpoint_url=endpoint.machine.endpoint).get_object(Bucket="counted", Key="a b")
        program.client("sqs", endpoint_url=endpoint.machine.endpoint).list_queues()
        lines = endpoint.state.s3_requests.read_text().splitlines()
    finally:
        endpoint.state.s3_requests.unlink()
    owners.list_buckets()

    times, requests = zip(*(line.split(" ", 1) for line in lines), strict=True)
    assert requests == ("owner PUT /counted/a b", "scheduler GET /counted/a b")
    assert began - 1 <= float(times[0]) <= float(times[1]) <= time.time()
    assert not endpoint.state.s3_requests.exists()
