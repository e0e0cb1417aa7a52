"""`airflow-fargate images`: the images of a stage whose deployment builds none."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import main
import stages as stages_file
from airflow_on_fargate.images import images as images_module
from airflow_on_fargate.images.registry import open_registry
from airflow_on_fargate.images.stage_images import stage_images
from constructs_lib.push_image import PushError
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import find_task_folders
from constructs_lib.settings.worker_pool import WorkerPool
from tests.command import Ended, command, refused
from tests.push_image.docker import Docker
from tests.push_image.program import MANIFEST
from tests.template import Template
from tests.variants import IMAGE, synthesize

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
STAGE = Settings(
    stage="dev",
    state_bucket="states",
    image_registry=f"{HOST}/team",
    worker_pools={"default": WorkerPool(), "arm": WorkerPool(architecture="ARM64")},
)
REPOSITORIES = ["team/airflow", "team/tasks/multi-task", "team/tasks/number-task"]

pytestmark = pytest.mark.programs


@pytest.fixture(autouse=True)
def _one_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    use(STAGE, monkeypatch)
    monkeypatch.delenv("TF_STATE_BUCKET", raising=False)


@pytest.fixture(name="ecr")
def _ecr(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> "ECRClient":
    """Return ECR without repositories."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = boto3.client("ecr", region_name="eu-central-1")
    for each in client.describe_repositories()["repositories"]:
        client.delete_repository(repositoryName=each["repositoryName"], force=True)
    return client


def use(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stages.py have one stage."""
    monkeypatch.setattr(stages_file, "STAGES", (settings,))


def uris(settings: Settings = STAGE) -> list[str]:
    """Return the URIs of the stage's images."""
    folders = find_task_folders(main.PROJECT / "tasks", stage=settings.stage)
    return [each.uri(str(settings.image_registry)) for each in stage_images(settings, folders, main.PROJECT)]


def put(ecr: "ECRClient", uri: str) -> None:
    """Let ECR have the image at *uri*."""
    name, _, tag = uri.removeprefix(f"{HOST}/").partition(":")
    ecr.put_image(repositoryName=name, imageTag=tag, imageManifest=MANIFEST)


def pulled(template: Template) -> set[str]:
    """Return the images of all containers."""
    return {each["image"] for _, each in template.all_containers()}


@pytest.mark.parametrize("images", [{}, {"airflow_image": IMAGE}, {"task_images": {"number_task": IMAGE}}])
def test_the_stage_pulls_what_the_list_has(images: dict[str, Any]) -> None:
    """The images of the containers are those of the list, and those that the settings name."""
    settings = STAGE.model_copy(update=images)

    named = {IMAGE} if images else set()
    assert pulled(synthesize(settings)) == {*uris(settings), *named}


def test_two_stages_share_their_images() -> None:
    """Stages with the same content pull the same images, so that one push is enough."""
    assert uris() == uris(STAGE.model_copy(update={"stage": "prod"}))


def test_the_list_has_what_is_missing(ecr: "ECRClient") -> None:
    """A line for each image has whether the registry has it; a repository need not exist."""
    ecr.create_repository(repositoryName="team/airflow")
    put(ecr, uris()[0])

    ended = command("images", "list", "--stage", "dev")

    first, *others = uris()
    assert ended.output.splitlines() == [
        f"in the registry  {first}",
        *(f"missing          {each}" for each in others),
    ]


def test_the_list_is_json_for_programs(ecr: "ECRClient") -> None:
    """The option `--json` prints the URIs, and whether each exists."""
    assert ecr.describe_repositories()["repositories"] == []

    ended = command("images", "list", "--json", "--stage", "dev")

    assert json.loads(ended.output) == [{"uri": each, "exists": False} for each in uris()]


def test_missing_images_are_built_and_pushed(ecr: "ECRClient", docker: Docker) -> None:
    """Repositories are created on request, and an image that the registry has is left alone."""
    printed = command("images", "push", "--create-repositories", "--parallel", "1", "--stage", "dev").output

    pushed = [call["arguments"][1] for call in docker.calls if call["arguments"][0] == "push"]
    platforms = [call["arguments"][2] for call in docker.calls if call["arguments"][0] == "build"]
    assert pushed == uris()
    assert platforms == ["linux/amd64", "linux/arm64", "linux/amd64", "linux/amd64"]
    assert [f"created the repository {each}" for each in REPOSITORIES] == printed.splitlines()[:3]
    assert "0 of 4 images are in the registry" in printed
    for each in ecr.describe_repositories(repositoryNames=REPOSITORIES)["repositories"]:
        assert each["imageTagMutability"] == "IMMUTABLE"
        assert each["imageScanningConfiguration"] == {"scanOnPush": True}


def test_a_push_with_nothing_to_do_needs_no_docker(ecr: "ECRClient", docker: Docker) -> None:
    """A pipeline can push before each plan."""
    for name in REPOSITORIES:
        ecr.create_repository(repositoryName=name)
    for each in uris():
        put(ecr, each)

    ended = command("images", "push", "--stage", "dev")

    assert ended.output == "4 of 4 images are in the registry\n"
    assert docker.calls == []


def test_a_missing_repository_is_refused_before_a_build(ecr: "ECRClient", docker: Docker) -> None:
    """The sentence names the repositories, and the option that creates them."""
    ecr.create_repository(repositoryName="team/airflow")

    assert refused("images", "push", "--stage", "dev") == (
        "error: the registry has no repository team/tasks/multi-task, team/tasks/number-task; create them, or add"
        " --create-repositories"
    )
    assert docker.calls == []


@pytest.mark.usefixtures("ecr")
def test_a_failed_build_does_not_stop_the_others(docker: Docker) -> None:
    """Each image is tried, the failures are reported one by one, and the exit code is 1."""
    docker.behave(build="sys.exit('tasks/multi-task' in str(sys.argv))")

    ended = command("images", "push", "--create-repositories", "--stage", "dev")

    line, sentence = ended.errors.splitlines()
    assert ended.code == 1
    assert sentence == "error: 1 of 4 images were not pushed; fix the errors above and run the command again"
    assert len([each for each in docker.verbs if each == "push"]) == 3
    assert line.startswith("error: docker build of ")


def test_a_plan_warns_of_a_missing_image(ecr: "ECRClient") -> None:
    """A missing image is a warning with the command that pushes it, and the plan continues."""
    for name in REPOSITORIES:
        ecr.create_repository(repositoryName=name)
    missing, *others = uris()
    for each in others:
        put(ecr, each)

    ended = command("images", "check", "--stage", "dev")

    assert ended.errors == f"warning: {missing} is not in the registry; run airflow-fargate images push --stage dev\n"


def test_a_plan_without_a_registry_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that builds its own images has nothing to check."""
    use(Settings(stage="dev"), monkeypatch)

    assert command("images", "check", "--stage", "dev") == Ended(0, "", "")


def test_a_stage_without_a_registry_has_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the setting."""
    use(Settings(stage="dev"), monkeypatch)

    assert refused("images", "list", "--stage", "dev") == (
        "error: stages.py, stage 'dev': image_registry is not set, so a deployment of the stage builds and pushes its"
        " images"
    )


@pytest.fixture(name="closed")
def _closed(monkeypatch: pytest.MonkeyPatch) -> str:
    """Let nothing answer in ECR's place."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return "http://127.0.0.1:1"


def test_a_registry_that_is_not_reached_is_one_sentence(closed: str) -> None:
    """List and push end with it; a plan only warns."""
    assert refused("images", "push", "--stage", "dev").startswith(f"error: cannot look for {uris()[0]} in ECR: ")
    assert closed in refused("images", "list", "--stage", "dev")

    ended = command("images", "check", "--stage", "dev")

    assert ended.code == 0
    assert ended.errors.startswith(f"warning: cannot look for {uris()[0]} in ECR: ")


def test_two_pipelines_may_create_a_repository_at_once(ecr: "ECRClient") -> None:
    """A repository that another program has just created is no error."""
    ecr.create_repository(repositoryName=REPOSITORIES[0])

    open_registry(f"{HOST}/team", assume_role_arn=None).create_repository(REPOSITORIES[0])


@pytest.mark.usefixtures("ecr")
def test_a_repository_that_ecr_does_not_create_is_one_sentence() -> None:
    """The sentence has ECR's answer."""
    registry = open_registry(f"{HOST}/team", assume_role_arn=None)

    with pytest.raises(PushError, match=r"^cannot create the repository Team in ECR: .*InvalidParameter"):
        registry.create_repository("Team")


class TestAnotherRegistry:
    """A registry outside of ECR, which docker reaches with the user's login."""

    @pytest.fixture(autouse=True)
    def _registry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        use(STAGE.model_copy(update={"image_registry": "registry.example.com/team"}), monkeypatch)

    def test_docker_asks_and_pushes(self, docker: Docker) -> None:
        """The user's login stays as it is, and no other is made."""
        docker.behave(manifest="sys.exit('no such manifest: x' if 'airflow' in sys.argv[-1] else 0)")

        ended = command("images", "push", "--stage", "dev")

        assert "2 of 4 images are in the registry" in ended.output
        assert [each for each in docker.verbs if each == "push"] == ["push"] * 2
        assert "login" not in docker.verbs
        assert all(call["config"]["credHelpers"] == {"gcr.io": "gcloud"} for call in docker.calls)

    def test_a_machine_without_docker_is_one_sentence(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The sentence says what Docker is needed for."""
        monkeypatch.setenv("PATH", str(tmp_path))

        sentence = refused("images", "list", "--stage", "dev")

        assert sentence.endswith("outside of ECR that needs the docker command; install Docker")

    def test_a_refusal_is_one_sentence(self, docker: Docker) -> None:
        """It has what docker says."""
        docker.behave(manifest="sys.exit('unauthorized: log in')")

        assert refused("images", "list", "--stage", "dev").endswith("unauthorized: log in")


def test_a_machine_without_boto3_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the command that installs it."""
    for name in [each for each in sys.modules if each.startswith("airflow_on_fargate.images")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "botocore.exceptions", None)

    sentence = refused("images", "list", "--stage", "dev")

    assert sentence.endswith(f"is not installed in {sys.prefix}; run: pip install 'airflow-on-fargate[deploy]'")


@pytest.mark.parametrize("count", ["0", "17", "two", "٣"])
def test_a_wrong_number_of_builds_is_refused(count: str) -> None:
    """The range is part of the sentence."""
    ended = command("images", "push", "--parallel", count, "--stage", "dev")

    assert ended.code == 2
    assert f"must be a whole number from 1 to 16, got '{count}'" in ended.errors


def test_the_roles_of_a_stage_may_pull_from_the_registry() -> None:
    """The execution role of each task definition may pull its image, and the stack has no repository and no build."""
    template = synthesize(STAGE)

    pulling = {
        arn
        for _, statement in template.statements()
        if "ecr:BatchGetImage" in statement["Action"]
        for arn in statement["Resource"]
    }
    assert pulling == {f"arn:aws:ecr:eu-central-1:123456789012:repository/{each}" for each in REPOSITORIES}
    assert template.all("aws_ecr_repository") == {}
    assert template.pushes() == {}


def test_another_registry_creates_repositories_itself() -> None:
    """We create none there."""
    other = open_registry("registry.example.com/team", assume_role_arn=None)

    with pytest.raises(PushError, match=r"team is no registry of ECR$"):
        other.create_repository("x")


@pytest.mark.usefixtures("ecr")
def test_ctrl_c_says_how_to_push_the_other_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C during the builds has the command that pushes what is missing."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(images_module, "_push", interrupt)

    ended = command("images", "push", "--stage", "dev", "--create-repositories")

    assert ended.code == 130
    assert ended.errors == (
        "\ninterrupted; airflow-fargate images push --stage dev pushes the images that are not reported above\n"
    )
