"""Promises of the wait for the dag-processor, and of what a caller without rights learns."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

import stages as stages_file
from airflow_on_fargate.dags import parsed as parsed_module
from airflow_on_fargate.dags.checks import Checked, Checks
from airflow_on_fargate.dags.clients import Clients
from airflow_on_fargate.dags.stage_access import ADMIN_SECRET, stage_access
from airflow_on_fargate.local.bundles_of_stack import note_bundles
from airflow_on_fargate.local.state import State
from constructs_lib.settings.settings import Settings
from constructs_lib.storage import airflow_secrets
from tests.airflow_on_fargate.dags.bundles import KEYS, StageBucket, dags, pushed
from tests.airflow_on_fargate.dags.conftest import STAGE
from tests.command import Ended
from tests.local.airflow_answers import Answers, answering
from tests.local.state_folder import MACHINE

# Each push runs git, and moto takes a tenth of a second for it.
pytestmark = pytest.mark.programs

TLS = {"domain_name": "airflow.example.com", "hosted_zone_id": "Z1", "listener_protocol": "TLS"}
DAGS, ERRORS = "/api/v2/dags", "/api/v2/importErrors"
OLD = {"filename": "old.py", "timestamp": "2026", "stack_trace": "OSError: old\n", "bundle_name": "dags"}
NEW = {"filename": "a.py", "timestamp": "2027", "stack_trace": "OSError: new\n", "bundle_name": "dags"}


@pytest.fixture(name="airflow")
def _airflow(bucket: StageBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    """Return the answers of the stage's Airflow, which has the first version and an old import error."""
    pushed()
    monkeypatch.setattr(parsed_module, "PAUSE_SEC", 0)
    with answering("failed", tmp_path) as (answers, _):
        answers.replace("GET", ERRORS, (200, {"import_errors": [OLD]}))
        has(answers, bucket, "a", "b")
        monkeypatch.setenv("AIRFLOW_API_URL", answers.url)
        monkeypatch.setenv("AIRFLOW_API_TOKEN", "token")
        yield answers


def has(airflow: Answers, bucket: StageBucket, *ids: str, before: tuple[str, ...] | None = None) -> None:
    """Let Airflow have the DAGs *ids* in the version that is current then; at its first answer those *before*."""
    left = [] if before is None else [before]

    def answer(query: dict[str, list[str]]) -> dict[str, Any]:
        version = bucket.pointer().version
        assert query["bundle_name"] == ["dags"]
        assert query.get("bundle_version", [version]) == [version]
        return {"dags": [{"dag_id": each} for each in (left.pop() if left else ids)]}

    airflow.replace("GET", DAGS, (200, answer))


def change(project: Path, path: str = "dags/a.py", *words: str) -> Ended:
    """Push another content of a file, and wait."""
    (project / path).write_text("changed")
    return dags("push", "--wait", *words)


def test_a_push_waits_until_the_changed_files_are_parsed(project: Path, bucket: StageBucket, airflow: Answers) -> None:
    """It asks until Airflow has the DAGs of each changed file in the new version."""
    has(airflow, bucket, "a", before=("b",))

    ended = change(project)

    assert ended.code == 0
    assert ended.output.splitlines()[-1].startswith("The dag-processor has parsed it after 0.")
    assert len([each for each in airflow.asked if each[1] == DAGS]) == 2
    assert bucket.pointer().previous


def test_a_push_reports_what_cannot_be_imported(project: Path, bucket: StageBucket, airflow: Answers) -> None:
    """A new import error is one sentence, and the exit code 1; old errors are not repeated."""
    airflow.replace("GET", ERRORS, (200, {"import_errors": [OLD]}), (200, {"import_errors": [OLD, NEW]}))

    ended = change(project)

    assert ended.code == 1
    assert ended.output.splitlines()[-1] == "error: dags/a.py cannot be imported: OSError: new"
    assert ended.errors == (
        f"error: the stage cannot import 1 files of version {bucket.pointer().version}; to undo the push:"
        " airflow-fargate dags rollback --stage dev\n"
    )


def test_a_removed_dag_is_waited_for(project: Path, bucket: StageBucket, airflow: Answers) -> None:
    """A push that removes a file waits until Airflow has its DAG no more."""
    has(airflow, bucket, "a", before=("a", "b"))
    (project / "dags/sub/b.py").unlink()

    assert dags("push", "--wait").code == 0
    assert len([each for each in airflow.asked if each[1] == DAGS]) == 2


def test_a_dag_processor_that_parses_nothing_is_one_sentence(
    project: Path, bucket: StageBucket, airflow: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the limit the sentence has what is missing; the version stays current."""
    monkeypatch.setattr(parsed_module, "LIMIT_SEC", 0)
    has(airflow, bucket)

    ended = change(project)

    assert ended.code == 1
    assert ended.errors == (
        f"error: version {bucket.pointer().version} is current, but the dag-processor has not parsed it within 0 s:"
        " dags/a.py; airflow-fargate status --stage dev shows the services\n"
    )


@pytest.mark.parametrize("errors", [[OLD], [OLD, NEW]])
def test_a_version_that_is_replaced_is_no_longer_waited_for(
    errors: list[dict[str, str]],
    project: Path,
    bucket: StageBucket,
    airflow: Answers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If another push has switched meanwhile, a sentence says so instead of what is missing; the exit code is 0."""
    monkeypatch.setattr(parsed_module, "LIMIT_SEC", 0)
    mine: list[str] = []

    def push_other(_: object) -> dict[str, Any]:
        if not mine:
            mine.append(bucket.pointer().version)
            (project / "dags/a.py").write_text("other")
            pushed()
        return {"dags": []}

    airflow.replace("GET", ERRORS, (200, {"import_errors": [OLD]}), (200, {"import_errors": errors}))
    airflow.replace("GET", DAGS, (200, push_other))

    ended = change(project)

    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.splitlines()[-1] == (
        f"user/moto has replaced version {mine[0]} by {bucket.pointer().version} meanwhile, so this command no longer"
        " waits for it."
    )


@pytest.mark.parametrize(
    ("ids", "end"),
    [
        (("b",), "The dag-processor has parsed the first DAG of it after 0."),
        ((), "No DAG was parsed within 0 s: no DAG is known to use a changed file."),
    ],
)
def test_a_rollback_of_files_without_dags_waits_a_short_time(
    ids: tuple[str, ...],
    end: str,
    *,
    project: Path,
    bucket: StageBucket,
    airflow: Answers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which DAG files use a module or SQL file is not known of an old version: the first DAG is waited for."""
    monkeypatch.setattr(parsed_module, "SHORT_SEC", 0)
    assert change(project, "dags/query.sql").code == 0
    has(airflow, bucket, *ids)

    ended = dags("rollback", "--wait")

    assert ended.code == 0
    assert ended.output.splitlines()[-1].startswith(end)


def test_a_module_that_dags_use_is_waited_for(
    project: Path, bucket: StageBucket, airflow: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A push of a changed module waits until all DAGs are parsed whose files use it, not only the first one."""
    ids = {"dags/a.py": ["a"], "dags/sub/b.py": ["b"]}
    affected = frozenset({"dags/query.sql", *ids})
    monkeypatch.setattr(Checks, "run", lambda *_: Checked(ids, affected))
    has(airflow, bucket, "a", "b", before=("a",))

    ended = change(project, "dags/query.sql")

    assert ended.output.splitlines()[-1].startswith("The dag-processor has parsed it after 0.")
    assert len([each for each in airflow.asked if each[1] == DAGS]) == 2


def test_a_file_that_no_dag_uses_is_not_waited_for(project: Path, bucket: StageBucket, airflow: Answers) -> None:
    """The sentence says that nothing is parsed, and Airflow is not asked."""
    ended = change(project, "dags/query.sql")

    assert ended.code == 0
    assert ended.output.splitlines()[-1] == ("No DAG is parsed again: no DAG file is known to use what has changed.")
    assert bucket.pointer().previous
    assert not [each for each in airflow.asked if each[1] == DAGS]


def test_ctrl_c_during_the_wait_says_what_is_known(project: Path, bucket: StageBucket, airflow: Answers) -> None:
    """The version is current; the sentence says what is not known, and the command that shows import errors."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    airflow.replace("GET", ERRORS, (200, {"import_errors": []}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsed_module.Parsing, "_new_errors", interrupt)
        ended = change(project)

    assert ended.code == 130
    assert ended.errors == (
        f"\ninterrupted; version {bucket.pointer().version} is current; whether the dag-processor has parsed it is not"
        " known: airflow-fargate airflow --stage dev dags list-import-errors shows import errors\n"
    )
    assert bucket.pointer().previous


def test_a_version_that_nothing_has_checked_removes_no_dag(
    project: Path, bucket: StageBucket, airflow: Answers
) -> None:
    """A rollback to a version without the ids of its DAGs, as the local stack starts with, waits for any DAG of it."""
    manifest = bucket.manifest()
    assert change(project).code == 0
    bucket.put(KEYS.manifest(manifest.version), json.dumps({**json.loads(manifest.to_json()), "dags": None}))

    ended = dags("rollback", "--wait")

    assert ended.code == 0
    assert not any("DAG a" in line for line in ended.output.splitlines())
    assert json.loads(dags("list", "--json").output)[0]["dags"] is None
    assert airflow.asked


def test_a_rollback_waits_too(project: Path, bucket: StageBucket, airflow: Answers) -> None:
    """A rollback ends when the DAGs of the version before are parsed again."""
    assert change(project).code == 0

    ended = dags("rollback", "--wait")

    assert ended.output.splitlines()[-1].startswith("The dag-processor has parsed it after 0.")
    assert len(bucket.pointer().history) == 3
    assert {each[1] for each in airflow.asked} == {DAGS, ERRORS}


def test_a_caller_who_may_not_look_does_not_wait(
    project: Path, bucket: StageBucket, airflow: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default the push succeeds, and says how to look; with `--wait` it is refused before it switches."""
    airflow.replace("GET", ERRORS, (403, {"detail": "Forbidden"}))
    (project / "dags/a.py").write_text("changed")
    before = bucket.pointer()
    refused = dags("push", "--wait")
    assert refused.code == 1
    assert bucket.pointer() == before

    ended = dags("push")

    assert ended.code == 0
    assert ended.output.splitlines()[2] == (
        "Does not wait until the version is parsed: Airflow answers 403 to GET /api/v2/importErrors: Forbidden. The UI"
        " shows import errors, and so does airflow-fargate airflow --stage dev dags list-import-errors."
    )
    monkeypatch.delenv("AIRFLOW_API_URL")
    (project / "dags/a.py").write_text("again")
    assert "the caller cannot look up Airflow's address or password: " in dags("push").output


def test_the_local_stack_is_pushed_to(
    project: Path, bucket: StageBucket, airflow: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `--local` the commands use endpoint and key of the running stack, and its Airflow."""
    assert dags("list", "--local").errors.startswith("error: the stack does not run: start it with ")
    state = State(project / ".local")
    state.make_folder()
    shutil.copy(project.parent / "ready.json", state.ready)
    ready = json.loads(state.ready.read_text())
    state.ready.write_text(json.dumps({**ready, "aws_endpoint_url": "https://s3.amazonaws.com"}))
    shutil.copy(project.parent / "admin_password", state.admin_password)
    MACHINE.write(state)
    note_bundles(STAGE, state, pointer=None)
    endpoints = []
    original = Clients.of

    def of(clients: Clients, service: str, **more: object) -> Any:  # noqa: ANN401 boto3 makes the types
        endpoints.append(clients.endpoint)
        # moto answers only at the addresses of AWS.
        return original(Clients(clients.session), service, **more)

    monkeypatch.setattr(Clients, "of", of)
    monkeypatch.setattr(stages_file, "STAGES", (STAGE.model_copy(update={"allowed_account_ids": ("210987654321",)}),))

    ended = change(project, "dags/a.py", "--local")

    assert ended.code == 0, ended.errors
    assert set(endpoints) == {"https://s3.amazonaws.com"}
    assert bucket.pointer().previous
    assert airflow.bodies("POST", "/auth/token") == [{"username": "admin", "password": "secret"}]


@pytest.mark.parametrize(
    ("more", "url"),
    [
        ({}, "http://airflow-dev-"),
        (TLS, "https://airflow.example.com"),
    ],
)
def test_the_access_is_looked_up(more: dict[str, str], url: str, bucket: StageBucket) -> None:
    """Without variables the address is that of the load balancer or the domain, and the password that of `admin`."""
    assert bucket.keys() == []
    clients = Clients.of_caller("eu-central-1")
    vpc = clients.of("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = clients.of("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    clients.of("elbv2").create_load_balancer(Name="airflow-dev", Subnets=[subnet], Type="network")
    secret = json.dumps({"username": "admin", "password": "secret"})
    boto3.client("secretsmanager", region_name="eu-central-1").create_secret(
        Name=f"airflow-dev/{airflow_secrets.ADMIN_SECRET}", SecretString=secret
    )

    settings = Settings(stage="dev", region="eu-central-1", **more)  # type: ignore[arg-type] # any setting
    found = stage_access(settings, clients)

    assert (found.user, found.password, found.token) == ("admin", "secret", "")
    assert found.url.startswith(url)
    assert ADMIN_SECRET == airflow_secrets.ADMIN_SECRET


def test_a_wrong_password_names_the_secret(
    project: Path, bucket: StageBucket, airflow: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the user has changed the password, the sentence has the variable for a token."""
    monkeypatch.delenv("AIRFLOW_API_TOKEN")
    airflow.replace("POST", "/auth/token", (401, {"detail": "no"}))
    boto3.client("secretsmanager", region_name="eu-central-1").create_secret(
        Name="airflow-dev/admin", SecretString=json.dumps({"username": "admin", "password": "x"})
    )

    assert bucket.pointer()
    assert change(project).errors == (
        f"error: Airflow at {airflow.url} refuses the password in the secret airflow-dev/admin; set AIRFLOW_API_TOKEN"
        " if you changed it\n"
    )


def test_a_stage_that_does_not_answer_is_one_sentence(
    project: Path, bucket: StageBucket, airflow: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what may be the reason."""
    assert airflow.url
    assert bucket.pointer()
    monkeypatch.setattr("airflow_on_fargate.local.airflow_api.PATIENCE_SEC", 0)
    monkeypatch.setenv("AIRFLOW_API_URL", "http://127.0.0.1:1")

    assert change(project).errors.endswith(
        "; set AIRFLOW_API_URL if it has another address, and allow this machine in allowed_cidrs\n"
    )
