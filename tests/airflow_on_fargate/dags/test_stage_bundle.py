"""Promises of the choice of a bundle, and of the sentences about its bucket."""

import sys
from pathlib import Path

import pytest
from botocore.stub import Stubber

import stages as stages_file
from airflow_on_fargate.dags.bucket import DagBucket
from airflow_on_fargate.dags.checks import Checked, Checks
from airflow_on_fargate.dags.stage_bundle import StageBundle
from constructs_lib.settings.dag_bundles import Dags, DagsInGit, DagsInS3
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError
from tests.airflow_on_fargate.dags.bundles import StageBucket, dags, push, pushed
from tests.command import refused

# Each push runs git, and moto takes a tenth of a second for it.
pytestmark = pytest.mark.programs

GIT = DagsInGit(url="https://git.example.com/team/dags.git")


def use(value: Dags, monkeypatch: pytest.MonkeyPatch, **more: tuple[str, ...]) -> None:
    """Let the stage have its DAGs there."""
    monkeypatch.setattr(
        stages_file,
        "STAGES",
        (Settings(stage="dev", region="eu-central-1", dags=value, **more),),  # type: ignore[arg-type] # any setting
    )


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("value", "words", "sentence"),
    [
        ("image", [], "dags is 'image', so a deployment brings the DAGs; set dags=DagsInS3() and deploy first"),
        (GIT, [], "the DAGs are in Git: their versions are the commits of the repository"),
        ({"a": DagsInS3(), "b": DagsInS3()}, [], " has several bundles; add --bundle with one of a, b"),
        ({"a": DagsInS3()}, ["b"], "there is no bundle 'b' in S3; allowed are a"),
        ({"a": DagsInS3()}, ["\x1b[2J"], "there is no bundle '\\x1b[2J' in S3; allowed are a"),
        (
            {"a": DagsInS3(), "b": GIT},
            ["b"],
            "the bundle b is in Git: its versions are the commits of main of https://git.example.com/team/dags.git",
        ),
    ],
)
def test_a_stage_without_the_bundle_is_refused(
    value: Dags, words: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says where the DAGs are, or which bundles there are."""
    use(value, monkeypatch)

    refusal = refused("dags", "push", "--stage", "dev", *(f"--bundle={each}" for each in words))

    assert refusal.startswith("error: stages.py, stage 'dev'")
    assert refusal.endswith(sentence)


def test_each_bundle_has_its_own_versions(bucket: StageBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A push changes one bundle, also if another one in the bucket has the same prefix."""
    use({"a": DagsInS3(), "b": DagsInS3()}, monkeypatch)

    pushed("--bundle", "b")

    assert bucket.keys("dags/a/") == []
    assert len(bucket.keys("dags/b/")) == 3


def test_the_dags_of_other_bundles_are_known(
    project: Path, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checks know the DAG ids of the stage's other bundles, except those that cannot be read, which is printed."""
    use({"a": DagsInS3(), "b": DagsInS3(), "c": DagsInS3(), "d": DagsInS3()}, monkeypatch)
    pushed("--bundle", "a")
    bucket.put("dags/b/current.json", "{")
    checked = []

    def run(checks: Checks, *_: object) -> Checked:
        checked.append(checks.others)
        return Checked({})

    monkeypatch.setattr(Checks, "run", run)

    ended = push("--bundle", "d")

    assert project.is_dir()
    assert checked == [{"a": "a", "b": "a"}]
    assert ended.output.startswith("The bundle b cannot be read: whether it has the same DAG ids is not checked\n")


def test_an_account_in_the_settings_is_not_asked_for(bucket: StageBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bucket's name has the account of the settings, whoever calls."""
    use(DagsInS3(), monkeypatch, allowed_account_ids=("210987654321",))

    refusal = refused("dags", "list", "--stage", "dev")

    assert bucket.keys() == []
    assert refusal == (
        "error: cannot read s3://airflow-dev-dags-210987654321-eu-central-1/dags/dags/current.json: the bucket does not"
        " exist; airflow-fargate deploy --stage dev creates it"
    )


def test_a_missing_bucket_of_the_user_is_one_sentence(bucket: StageBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the setting."""
    use(DagsInS3(bucket="no-such-bucket"), monkeypatch)

    assert bucket.keys() == []
    assert refused("dags", "list", "--stage", "dev").endswith(
        "the bucket does not exist; create it, or correct dags.bucket of stage 'dev' in stages.py"
    )


@pytest.fixture(name="stubbed")
def _stubbed(bucket: StageBucket) -> tuple[DagBucket, Stubber]:
    """Return a bucket whose answers a test writes."""
    return DagBucket(bucket.s3, "b", "create it"), Stubber(bucket.s3)


@pytest.mark.parametrize(
    ("code", "headers", "sentence"),
    [
        ("PermanentRedirect", {"x-amz-bucket-region": "us-west-2"}, "the bucket is in us-west-2; use a bucket in the"),
        ("AuthorizationHeaderMalformed", {}, "the bucket is in another region; use a bucket in the region of the"),
        ("ExpiredToken", {}, "the answer"),
        ("SlowDown", {}, "the answer"),
    ],
)
def test_an_answer_of_s3_is_one_sentence(
    code: str, headers: dict[str, str], sentence: str, stubbed: tuple[DagBucket, Stubber]
) -> None:
    """The sentence names the object, the reason, and what to do if it is known."""
    dag_bucket, answers = stubbed
    answers.add_client_error("get_object", code, "the answer", response_meta={"HTTPHeaders": headers})

    with answers, pytest.raises(BadInputError) as error:
        dag_bucket.read("k")

    assert str(error.value).startswith(f"cannot read s3://b/k: {sentence}")


@pytest.mark.parametrize(("keys", "is_absent"), [([], True), (["k"], False), (["k.json"], True), (None, False)])
def test_a_caller_who_may_not_list_learns_what_is_missing(
    keys: list[str] | None, stubbed: tuple[DagBucket, Stubber], *, is_absent: bool
) -> None:
    """S3 answers 403 for an object that does not exist; a list of its key tells one from the other."""
    dag_bucket, answers = stubbed
    answers.add_client_error("get_object", "AccessDenied", "not you")
    if keys is None:
        answers.add_client_error("list_objects_v2", "AccessDenied")
    else:
        answers.add_response("list_objects_v2", {"Contents": [{"Key": each} for each in keys]} if keys else {})

    with answers:
        if is_absent:
            assert dag_bucket.read("k") is None
            return
        with pytest.raises(BadInputError) as error:
            dag_bucket.read("k")

    assert str(error.value) == (
        "cannot read s3://b/k: not you; the caller needs the policy that airflow-fargate dags policy prints"
    )


def test_a_forbidden_write_is_one_sentence(stubbed: tuple[DagBucket, Stubber]) -> None:
    """A conditional write that is forbidden is no conflict."""
    dag_bucket, answers = stubbed
    answers.add_client_error("put_object", "AccessDenied", "not you")

    with answers, pytest.raises(BadInputError, match=r"^cannot write s3://b/k: not you; "):
        dag_bucket.replace("k", b"", None)


def test_a_shell_without_credentials_is_one_sentence(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what to set."""
    assert project.is_dir()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    use(DagsInS3(bucket="some-bucket"), monkeypatch)

    assert dags("list").errors.endswith(": there are no AWS credentials; log in, or set AWS_PROFILE\n")

    use(DagsInS3(), monkeypatch)

    assert dags("list").errors == "error: AWS does not accept the credentials: Unable to locate credentials\n"


def test_an_endpoint_that_does_not_answer_is_one_sentence(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence has the address."""
    assert project.is_dir()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setattr("airflow_on_fargate.dags.bucket.PATIENCE", None)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    use(DagsInS3(bucket="some-bucket"), monkeypatch)

    assert 'Could not connect to the endpoint URL: "http://127.0.0.1:1/' in dags("list").errors


def test_a_machine_without_boto3_is_one_sentence(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the command that installs it."""
    assert project.is_dir()
    for name in [each for each in sys.modules if each.startswith("airflow_on_fargate.dags")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "boto3", None)

    assert dags("list").errors.endswith(
        f"is not installed in {sys.prefix}; run: pip install 'airflow-on-fargate[deploy]'\n"
    )


@pytest.mark.parametrize(
    ("local", "sentence"),
    [
        (True, "airflow-fargate local logs dag-processor shows its output"),
        (False, "airflow-fargate status --stage dev shows the services"),
    ],
)
def test_a_late_dag_processor_can_be_looked_at(*, local: bool, sentence: str) -> None:
    """The sentence has the command for the stack that the versions are pushed to."""
    settings = Settings(stage="dev", region="eu-central-1", dags=DagsInS3())

    assert StageBundle.find(settings, None, local=local).look == sentence
