import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from tests.local.aws.endpoint import Endpoint

LOG = "airflow/dag_id=Test_Dag/run_id=manual__2026-01-01T00:00:00+00:00/attempt=1.log"
PART = 5 * 1024 * 1024
WRITERS, ROUNDS = 8, 3


def test_objects_outlive_the_server(own_endpoint: Endpoint) -> None:
    """Objects survive a restart, however they were written and in any bucket, and deleted ones do not return."""
    s3 = own_endpoint.client("s3")
    for bucket in ("kept", "logs"):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket="logs", Key=LOG, Body=b"log")
    s3.put_object(Bucket="kept", Key=LOG, Body=b"log")
    s3.copy_object(Bucket="kept", Key="copy", CopySource={"Bucket": "kept", "Key": LOG})
    upload = s3.create_multipart_upload(Bucket="kept", Key="large")["UploadId"]
    where = {"Bucket": "kept", "Key": "large", "UploadId": upload}
    bodies = [b"1" * PART, b"2"]
    tags = [s3.upload_part(**where, PartNumber=n, Body=body)["ETag"] for n, body in enumerate(bodies, 1)]
    parts = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    for key in ("one", "two", "three"):
        s3.put_object(Bucket="kept", Key=key, Body=b"x")
    s3.delete_object(Bucket="kept", Key="one")
    s3.delete_objects(Bucket="kept", Delete={"Objects": [{"Key": "two"}, {"Key": "three"}]})

    own_endpoint.stop()
    own_endpoint.write_template(aws_s3_bucket={"logs": {"bucket": "logs"}})
    own_endpoint.start()

    s3 = own_endpoint.client("s3")
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="kept")["Contents"]] == [LOG, "copy", "large"]
    for bucket in ("kept", "logs"):
        assert s3.get_object(Bucket=bucket, Key=LOG)["Body"].read() == b"log"
    assert s3.get_object(Bucket="kept", Key="large")["Body"].read() == b"".join(bodies)


def test_no_key_reaches_a_file_elsewhere(endpoint: Endpoint) -> None:
    """No key of an object leads to a file outside its bucket."""
    outside = endpoint.state.folder / "outside"
    outside.write_text("mine")
    s3 = endpoint.client("s3")
    s3.create_bucket(Bucket="paths")

    for key in (str(outside), "../../outside", "a/../../../outside"):
        s3.put_object(Bucket="paths", Key=key, Body=b"x")
        assert outside.read_text() == "mine"
        s3.delete_object(Bucket="paths", Key=key)
        assert outside.read_text() == "mine"


def test_a_key_that_no_file_can_have(own_endpoint: Endpoint) -> None:
    """An object whose key cannot be a file works, and does not prevent the next start."""
    s3 = own_endpoint.client("s3")
    s3.create_bucket(Bucket="kept")
    for key in ("a", "a/b", "folder/", "folder/x", "//y"):
        s3.put_object(Bucket="kept", Key=key, Body=key.encode())
        assert s3.get_object(Bucket="kept", Key=key)["Body"].read() == key.encode()
    s3.delete_object(Bucket="kept", Key="folder")

    own_endpoint.stop()
    own_endpoint.start()

    kept = own_endpoint.client("s3").list_objects_v2(Bucket="kept")["Contents"]
    assert [each["Key"] for each in kept] == ["a", "folder/x"]


def test_of_conditional_writes_at_once_one_succeeds(endpoint: Endpoint) -> None:
    """Of many conditional writes of one key at the same time, one succeeds, for a new key and for a known ETag."""
    endpoint.client("s3").create_bucket(Bucket="conditional")
    # A client of its own for each thread, which connects once before.
    clients = [endpoint.client("s3") for _ in range(WRITERS)]

    def statuses(**condition: str) -> Counter[int]:
        together = threading.Barrier(WRITERS)

        def write(number: int) -> int:
            # New content each time: the same content has the same ETag, so that one more condition would hold.
            body = os.urandom(16) * 100_000
            clients[number].list_buckets()
            together.wait()
            try:
                answer = clients[number].put_object(Bucket="conditional", Key="pointer", Body=body, **condition)
            except ClientError as error:
                answer = error.response
            status: int = answer["ResponseMetadata"]["HTTPStatusCode"]
            return status

        with ThreadPoolExecutor(WRITERS) as pool:
            return Counter(pool.map(write, range(WRITERS)))

    expected = {200: 1, 412: WRITERS - 1}
    assert statuses(IfNoneMatch="*") == expected
    for _ in range(ROUNDS):
        tag = clients[0].head_object(Bucket="conditional", Key="pointer")["ETag"]
        assert statuses(IfMatch=tag) == expected
