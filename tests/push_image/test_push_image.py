"""Promises of how an image gets to its registry."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.clone import PROJECT
from tests.programs import code
from tests.push_image.docker import Docker
from tests.push_image.program import ACCOUNT, MANIFEST, OPTIONS, REGISTRY, URI, put, run

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


class TestWhatIsThere:
    """Neither build nor push an image that the registry has."""

    def test_it_is_left_alone_without_docker(
        self,
        ecr: "ECRClient",
        context: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """An existing image is reported in one line, also without Docker."""
        put(ecr)
        monkeypatch.setenv("PATH", "")

        assert run(monkeypatch, context) == 0
        assert capsys.readouterr().out == f"{URI} is in the registry\n"

    def test_another_tag_does_not_count(
        self, ecr: "ECRClient", context: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another tag in the repository does not count."""
        put(ecr)

        assert run(monkeypatch, context, "--tag=fedcba9876543210") == 0
        assert docker.verbs == ["version", "login", "build", "push"]


@pytest.mark.usefixtures("ecr")
class TestWhatIsNotThere:
    """Build and push an image that the registry lacks."""

    def test_docker_logs_in_builds_and_pushes(
        self, context: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Docker logs in, builds and pushes with platform, Dockerfile, context and tag."""
        assert run(monkeypatch, context) == 0

        _, _, build, push = docker.calls
        file = f"{context}/Dockerfile"
        assert build["arguments"] == ["build", "--platform", "linux/amd64", "--file", file, "--tag", URI, str(context)]
        assert push["arguments"] == ["push", URI]
        printed = capsys.readouterr().out.splitlines()
        assert printed[:2] == ["[airflow-dev-x] done"] * 2
        assert re.fullmatch(rf"{URI} is in the registry, built in \d+ s, pushed in \d+ s", printed[2])

    def test_docker_gets_additional_folders(
        self,
        context: Path,
        docker: Docker,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Docker gets a temporary context with the additional folders."""
        (tmp_path / "libs/common").mkdir(parents=True)
        (tmp_path / "libs/common/module.py").write_text("A = 1\n")
        docker.behave(
            build="print(*(sorted(os.listdir(sys.argv[-1] + each)) for each in ('', '/libs', '/libs/common')))"
        )
        monkeypatch.chdir(tmp_path)

        assert run(monkeypatch, context, "--additional-folder=libs/common") == 0

        build = docker.calls[2]["arguments"]
        assert build[build.index("--file") + 1] == f"{context}/Dockerfile"
        assert not Path(build[-1]).exists()
        assert capsys.readouterr().out.startswith("[airflow-dev-x] ['Dockerfile', 'libs'] ['common'] ['module.py']\n")

    def test_docker_gets_build_arguments(self, context: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
        """Docker gets the arguments for the Dockerfile."""
        assert run(monkeypatch, context, "--build-argument=WITH_GIT=1") == 0

        assert docker.calls[2]["arguments"][-2:] == ["--build-arg=WITH_GIT=1", str(context)]

    def test_the_password_is_seen_by_docker_alone(
        self, context: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The password goes to Docker through a pipe and is not printed."""
        run(monkeypatch, context)

        password = f"{ACCOUNT}-auth-token"
        login = docker.calls[1]
        assert login["arguments"] == ["login", "--username", "AWS", "--password-stdin", REGISTRY]
        assert [call["stdin"] for call in docker.calls] == ["", password, "", ""]
        assert password not in "".join(capsys.readouterr())

    def test_the_users_settings_hold_and_stay_as_they_are(
        self, context: Path, docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The user's Docker settings and logins work and are unchanged, and this login is temporary."""
        theirs = tmp_path / "settings"
        before = (theirs / "config.json").read_text()

        run(monkeypatch, context)

        for call in docker.calls:
            assert call["config"] == {
                "credsStore": "keychain",
                "credHelpers": {"gcr.io": "gcloud", REGISTRY: ""},
                "currentContext": "colima",
            }
            assert call["entries"]["contexts"] == str(theirs / "contexts")
            assert not Path(call["folder"]).exists()
        assert (theirs / "config.json").read_text() == before

    def test_a_user_without_settings_needs_none(
        self, context: Path, docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A user without a Docker folder can push."""
        monkeypatch.delenv("DOCKER_CONFIG")
        monkeypatch.setenv("HOME", str(tmp_path / "nobody"))

        assert run(monkeypatch, context) == 0
        assert docker.calls[0]["config"] == {"credHelpers": {REGISTRY: ""}}

    def test_a_push_that_another_machine_won_is_a_success(
        self, context: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A push that another machine has made at the same time is a success."""
        monkeypatch.setenv("MANIFEST", MANIFEST)
        docker.behave(push=code("put_image_first"))

        assert run(monkeypatch, context) == 0
        assert f"{URI} is in the registry" in capsys.readouterr().out


def test_the_role_of_the_provider_is_assumed(
    ecr: "ECRClient", context: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program calls ECR in the role's account."""
    role = "arn:aws:iam::210987654321:role/deploy"
    assumed = boto3.client("sts", region_name="eu-central-1").assume_role(RoleArn=role, RoleSessionName="test")
    keys = assumed["Credentials"]
    there = boto3.client(
        "ecr",
        region_name="eu-central-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    there.create_repository(repositoryName="airflow-dev-x")
    put(there)
    monkeypatch.setenv("PATH", "")

    assert ecr.list_images(repositoryName="airflow-dev-x")["imageIds"] == []
    assert run(monkeypatch, context, f"--assume-role-arn={role}") == 0
    assert "is in the registry" in capsys.readouterr().out


def until(condition: Callable[[], bool]) -> bool:
    """Wait for *condition*, ten seconds at most."""
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.mark.programs
@pytest.mark.usefixtures("ecr")
def test_an_interrupt_stops_docker_and_removes_the_login(context: Path, docker: Docker, tmp_path: Path) -> None:
    """An interrupt stops Docker, removes the login, and prints no traceback."""
    stopped = tmp_path / "stopped"
    docker.behave(build=code("build_until_stopped"))
    program = subprocess.Popen(
        [sys.executable, "-m", "constructs_lib.push_image", *OPTIONS, f"--context={context}"],
        cwd=PROJECT,
        env={**os.environ, "STOPPED": str(stopped)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout
    assert program.stdout.readline() == "[airflow-dev-x] building\n"

    program.send_signal(signal.SIGTERM)
    _, error = program.communicate(timeout=10)

    assert program.returncode == 1
    assert error == f"{URI} was not pushed: the program was interrupted\n"
    assert not Path(docker.calls[-1]["folder"]).exists()
    assert until(stopped.exists)
