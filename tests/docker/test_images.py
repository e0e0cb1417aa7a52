"""Promises of real images: built by Docker, pushed to a registry on loopback; the API of ECR is moto's."""

import json
import os
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer

from airflow_on_fargate.images.images import ImagesOfStage
from airflow_on_fargate.new_task import new_task
from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.docker_command import docker_command
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import find_task_folders
from tests.clone import PROJECT
from tests.docker.airflow_image import docker
from tests.docker.base_image import base_image
from tests.docker.push import MACHINE, PLATFORM, REGION, push
from tests.docker.registry import PASSWORD, USER, Registry, registry

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module", autouse=True)
def _base() -> Iterator[None]:
    """Provide the base image of the Dockerfiles."""
    with base_image():
        yield


@pytest.fixture(name="ecr", scope="module")
def _ecr() -> Iterator["ECRClient"]:
    """Serve ECR's API."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        yield boto3.client("ecr", region_name=REGION)
    server.stop()


@pytest.fixture(name="images", scope="module")
def _images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Serve a registry."""
    with registry(tmp_path_factory.mktemp("registry")) as images:
        yield images


@pytest.fixture(name="samples", scope="module")
def _samples(ecr: "ECRClient", images: Registry) -> dict[str, str]:
    """Build and push the sample tasks, and return their images' names."""
    names = {}
    for task in ("multi_task", "number_task"):
        ecr.create_repository(repositoryName=task, imageTagMutability="IMMUTABLE")
        tag, run = push(images, task, PROJECT / "tasks" / task)
        assert run.returncode == 0, run.stdout + run.stderr
        assert images.tags(task) == [tag]
        names[task] = f"{images.address}/{task}:{tag}"
    return names


@pytest.mark.parametrize("task", ["multi_task", "number_task"])
def test_the_image_is_for_its_platform_and_not_for_root(samples: dict[str, str], images: Registry, task: str) -> None:
    """An image in the registry has the requested architecture and the shared volume's user."""
    config = images.config(task, samples[task].rpartition(":")[2])

    assert (config["os"], config["architecture"]) == ("linux", PLATFORM[MACHINE])
    assert config["config"]["User"] == "50000:0"


def test_the_containers_make_all_numbers(samples: dict[str, str], tmp_path: Path) -> None:
    """The sample images compute all numbers as their own user with a shared folder."""
    tmp_path.chmod(0o777)
    run = ("run", "--rm", "--network=none", "--read-only", "--tmpfs=/tmp", f"--volume={tmp_path}:/shared-volume")

    assert docker(*run, samples["multi_task"], "python", "odd_numbers.py", "5") == "odd: [1, 3, 5]\n"
    assert docker(*run, samples["multi_task"], "python", "even_numbers.py", "5") == "even: [2, 4]\n"
    assert docker(*run, samples["number_task"]) == "numbers: [1, 2, 3, 4, 5]\n"
    assert (tmp_path / "run-by-hand" / "numbers.txt").stat().st_uid == 50000


def test_an_image_holds_no_more_than_the_code(samples: dict[str, str]) -> None:
    """An image contains only the code, which its user cannot change."""
    listed = docker(
        "run", "--rm", "--network=none", samples["multi_task"], "sh", "-c", "ls -A; test -w part.py || echo fixed"
    )

    assert listed.split() == ["even_numbers.py", "odd_numbers.py", "part.py", "fixed"]


def test_what_ecr_has_is_not_pushed_again(samples: dict[str, str], ecr: "ECRClient", images: Registry) -> None:
    """An image that ECR has is not pushed again, and needs no Docker."""
    tag = samples["multi_task"].rpartition(":")[2]
    # moto does not see what is pushed to a registry; ECR is one.
    ecr.put_image(repositoryName="multi_task", imageTag=tag, imageManifest=images.manifest("multi_task", tag))

    _, run = push(images, "multi_task", PROJECT / "tasks" / "multi_task", path="")

    assert (run.returncode, run.stdout) == (0, f"{samples['multi_task']} is in the registry\n")


def test_a_new_task_is_built_as_it_is(ecr: "ECRClient", images: Registry, tmp_path: Path) -> None:
    """A folder from `make new-task` builds a working image with any umask."""
    before = os.umask(0o077)
    try:
        new_task(tmp_path, "mine", stages=["dev"])
        for file in (tmp_path / "mine").iterdir():
            file.chmod(0o600)
    finally:
        os.umask(before)
    ecr.create_repository(repositoryName="mine")

    tag, run = push(images, "mine", tmp_path / "mine")

    assert run.returncode == 0, run.stdout + run.stderr
    assert docker("run", "--rm", f"{images.address}/mine:{tag}") == "run by-hand, shared volume /shared-volume\n"


def test_an_image_has_the_code_that_its_task_shares(tmp_path: Path) -> None:
    """An image can copy additional folders, to which the task's `.dockerignore` applies."""
    new_task(tmp_path / "tasks", "shares", stages=["dev"])
    (tmp_path / "tasks/shares/main.py").write_text("import common\n")
    with (tmp_path / "tasks/shares/Dockerfile").open("a") as file:
        file.write("ENV PYTHONPATH=/app/libs\n")
    for name, text in {"__init__.py": "from common import a\n", "a.py": "print('shared')\n", ".DS_Store": "1"}.items():
        (tmp_path / "libs/common").mkdir(parents=True, exist_ok=True)
        (tmp_path / "libs/common" / name).write_text(text)
    context = BuildContext(tmp_path, "tasks/shares", additional_folders=("libs/common",))

    with docker_command("shares", registry="localhost") as command:
        command.build("airflow-on-fargate-test-shares", context=context, architecture=MACHINE)

    run = ("run", "--rm", "--network=none", "airflow-on-fargate-test-shares")
    assert docker(*run) == "shared\n"
    assert docker(*run, "sh", "-c", "find . -type f | sort").split() == [
        "./libs/common/__init__.py",
        "./libs/common/a.py",
        "./main.py",
    ]
    docker("image", "rm", "airflow-on-fargate-test-shares")


def test_a_keychain_is_asked_and_not_written_to(
    ecr: "ECRClient", images: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login to ECR is not written to Docker's keychain."""
    helper = tmp_path / "docker-credential-keychain"
    helper.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/asked\ntest "$1" = list && echo "{{}}"\n')
    helper.chmod(0o755)
    (tmp_path / "config.json").write_text('{"credsStore": "keychain"}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    ecr.create_repository(repositoryName="keychain")

    tag, run = push(images, "keychain", PROJECT / "tasks" / "number_task")

    assert run.returncode == 0, run.stdout + run.stderr
    assert images.tags("keychain") == [tag]
    assert set((tmp_path / "asked").read_text().split()) == {"list"}


def test_a_build_that_fails_is_reported(ecr: "ECRClient", images: Registry, tmp_path: Path) -> None:
    """A failed build shows Docker's output with the image's name, and a sentence with the Dockerfile."""
    (tmp_path / "Dockerfile").write_text("FROM python:3.12-slim-bookworm\nRUN echo the reason && false\n")
    ecr.create_repository(repositoryName="broken")

    _, run = push(images, "broken", tmp_path)

    assert run.returncode == 1
    assert "[broken] the reason\n" in run.stdout
    assert (
        run.stderr == f"docker build of {tmp_path}/Dockerfile for linux/{PLATFORM[MACHINE]} failed;"
        " see the output of docker above\n"
    )
    assert images.tags("broken") == []


def test_a_registry_that_refuses_the_login_is_reported(tmp_path: Path, ecr: "ECRClient") -> None:
    """A refused login is reported with the registry, and nothing is built."""
    ecr.create_repository(repositoryName="locked")
    with registry(tmp_path, locked=True) as images:
        _, run = push(images, "locked", PROJECT / "tasks" / "number_task")

    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith(f"docker login to {images.address} failed: ")
    assert run.stderr.count("\n") == 1


def test_a_push_that_fails_is_reported(ecr: "ECRClient", tmp_path: Path) -> None:
    """A refused push is one sentence with exit code 1."""
    folder = tmp_path / "registry"
    folder.mkdir()
    ecr.create_repository(repositoryName="refused")
    with registry(folder, read_only=True) as images:
        tag, run = push(images, "refused", PROJECT / "tasks" / "number_task")

    assert run.returncode == 1
    assert run.stderr == f"docker push of {images.address}/refused:{tag} failed; see the output of docker above\n"


def test_a_daemon_that_does_not_answer_is_reported(
    ecr: "ECRClient", images: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon that does not answer is reported with Docker's message."""
    ecr.create_repository(repositoryName="no_daemon")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")

    _, run = push(images, "no_daemon", PROJECT / "tasks" / "number_task")

    assert run.returncode == 1
    assert run.stderr.startswith("no_daemon must be built, and Docker does not answer: ")
    assert run.stderr.count("\n") == 1


def test_images_of_a_stage_are_pushed_to_a_registry_outside_of_ecr(
    images: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`images push` builds and pushes with the user's own login, and finds the image when it runs again."""
    login = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {images.address: {"auth": login}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    settings = Settings(
        stage="dev",
        image_registry=f"{images.address}/team",
        airflow_image=f"{images.address}/airflow:1",
        task_images={"multi_task": f"{images.address}/multi:1"},
        architecture=MACHINE,
    )
    stage = ImagesOfStage.of(settings, find_task_folders(PROJECT / "tasks", stage="dev"), project=PROJECT)

    stage.push(create=False, parallel=1)
    stage.push(create=False, parallel=1)

    [tag] = images.tags("team/tasks/number-task")
    first, pushed, second = (line for line in capsys.readouterr().out.splitlines() if "in the registry" in line)
    assert (first, second) == ("0 of 1 images are in the registry", "1 of 1 images are in the registry")
    assert pushed.startswith(f"{images.address}/team/tasks/number-task:{tag} is in the registry, built in ")
