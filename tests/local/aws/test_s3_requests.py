"""Promises of the list of requests to S3."""

import boto3

from tests.local.aws.endpoint import REGION, Endpoint
from tests.local.aws.test_role_credentials import answer, environment


def test_requests_to_s3_are_listed_by_program(endpoint: Endpoint) -> None:
    """While the file exists, it gets a line for each request to S3, with the program, and none for other services."""
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

    assert lines == ["owner PUT /counted/a b", "scheduler GET /counted/a b"]
    assert not endpoint.state.s3_requests.exists()
