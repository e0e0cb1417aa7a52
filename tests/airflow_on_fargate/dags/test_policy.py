"""The policy for pushes has what the commands ask of S3, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.model import OperationModel

import stages as stages_file
from airflow_on_fargate.dags.clients import Clients
from airflow_on_fargate.pipeline_roles.policies import policies
from constructs_lib.settings.dag_bundles import DagsInS3
from constructs_lib.settings.settings import Settings
from tests.airflow_on_fargate.dags.bundles import NAME, StageBucket, dags, pushed
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request, allows, fits
from tests.command import command, refused

# Each push runs git, and moto takes a tenth of a second for it.
pytestmark = pytest.mark.programs

KEY = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
BUNDLE = DagsInS3(kms_key_arn=KEY)
STAGE = Settings(
    stage="dev",
    region="eu-central-1",
    allowed_account_ids=("123456789012",),
    dags={"team_a": BUNDLE, "team_b": BUNDLE},
)
DOCUMENT = policies(STAGE, ())["push-dags-team_a"]
FORBIDDEN = {"Error": {"Code": "AccessDenied", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 403}}
WORDS = ("--bundle", "team_a")


@pytest.fixture(name="requests")
def _requests(project: Path, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Push twice, list, compare and roll back, at an S3 that says of no object that it is missing."""
    calls: list[tuple[str, dict[str, Any]]] = []
    original = Clients.of

    def keep(params: dict[str, Any], model: OperationModel, **_: object) -> None:
        calls.append((model.name, params))

    def hide(params: dict[str, Any], **_: object) -> tuple[object, object] | None:
        is_there = any(urlsplit(params["url"]).path.endswith(f"/{key}") for key in bucket.keys(""))
        return None if is_there else (SimpleNamespace(status_code=403), FORBIDDEN)

    def of(clients: Clients, service: str, **more: Any) -> Any:  # noqa: ANN401 as boto3
        client = original(clients, service, **more)
        if service == "s3":
            client.meta.events.register("before-parameter-build", keep)
            client.meta.events.register("before-call.s3.GetObject", hide)
        return client

    monkeypatch.setattr(stages_file, "STAGES", (STAGE,))
    monkeypatch.setattr(Clients, "of", of)
    pushed(*WORDS)
    (project / "dags/a.py").write_text("changed")
    pushed(*WORDS)
    for verb, *more in (("list",), ("diff",), ("rollback", "--no-wait")):
        assert dags(verb, *WORDS, *more).code == 0
    return [request for operation, params in calls for request in decided(operation, params)]


def decided(operation: str, params: dict[str, Any]) -> Iterator[Request]:
    """Yield what IAM decides on for a call ("How Amazon S3 authorizes a request", "Amazon S3 uses AWS KMS")."""
    bucket = f"arn:aws:s3:::{params['Bucket']}"
    match operation:
        case "GetObject":
            yield Request("s3:GetObject", f"{bucket}/{params['Key']}")
            yield Request("kms:Decrypt", KEY)
        case "PutObject":
            yield Request("s3:PutObject", f"{bucket}/{params['Key']}")
            yield Request("kms:GenerateDataKey", KEY)
            if "IfMatch" in params:
                yield Request("s3:GetObject", f"{bucket}/{params['Key']}")
        case "ListObjectsV2":
            yield Request("s3:ListBucket", bucket, {"s3:prefix": params["Prefix"]})
        case _:
            pytest.fail(f"a call that nobody has thought of: {operation}")


def test_whoever_pushes_may_do_what_the_commands_do(requests: list[Request]) -> None:
    """The policy of one bundle allows all calls of push, list, diff and rollback, except a look at other bundles."""
    assert {each.action for each in requests} == {
        *("s3:GetObject", "s3:PutObject", "s3:ListBucket", "kms:Decrypt", "kms:GenerateDataKey")
    }
    both = policies(STAGE, ())["push-dags"]
    assert [each for each in requests if not allows([both], each)] == []
    forbidden = {each.context.get("s3:prefix", each.resource) for each in requests if not allows([DOCUMENT], each)}
    assert {each.rpartition(":")[2].removeprefix(f"{NAME}/") for each in forbidden} == {"dags/team_b/current.json"}


def test_whoever_pushes_may_do_nothing_else(requests: list[Request]) -> None:
    """The commands need each action of each statement; another bundle and the tables cannot be changed."""
    allowed = {(each["Sid"], action) for each in DOCUMENT["Statement"] for action in each["Action"]}
    needed = {
        (each["Sid"], request.action) for each in DOCUMENT["Statement"] for request in requests if fits(each, request)
    }

    assert allowed == needed
    for key in ("dags/team_b/current.json", "dags/tasks.json", "other/team_a/current.json"):
        assert not allows([DOCUMENT], Request("s3:PutObject", f"arn:aws:s3:::{NAME}/{key}"))


def test_the_policy_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command prints the policy of one bundle, or of all; a stage without bundles is refused."""
    monkeypatch.setattr(stages_file, "STAGES", (STAGE,))
    monkeypatch.delenv("TF_STATE_BUCKET", raising=False)

    assert json.loads(dags("policy", "--bundle", "team_a").output) == DOCUMENT
    assert json.loads(dags("policy").output) == policies(STAGE, ())["push-dags"]
    assert dags("policy").output == command("policy", "push-dags", "--stage", "dev").output
    assert refused("dags", "policy", "--stage", "dev", "--bundle", "x").endswith("allowed are team_a, team_b")
    monkeypatch.setattr(stages_file, "STAGES", (Settings(stage="dev"),))
    assert "dags is 'image'" in refused("dags", "policy", "--stage", "dev")
