"""
Promises of how an image gets to its registry.

AWS is moto's server. Here docker is a small program that notes what it is told; `tests/docker/` has the real one.
"""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from constructs_lib import push_image

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

PROJECT = Path(__file__).parent.parent
ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
URI = f"{REGISTRY}/airflow-dev-x:0123456789abcdef"
OPTIONS = (
    f"--repository-url={REGISTRY}/airflow-dev-x",
    "--tag=0123456789abcdef",
    "--architecture=X86_64",
    "--region=eu-central-1",
)
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []})


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Serve AWS's API on loopback."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def ecr(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator["ECRClient"]:
    """Return ECR with one empty repository."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = boto3.client("ecr", region_name="eu-central-1")
    client.create_repository(repositoryName="airflow-dev-x", imageTagMutability="IMMUTABLE")
    yield client
    client.delete_repository(repositoryName="airflow-dev-x", force=True)


def put(ecr: "ECRClient") -> None:
    """Let ECR have the image."""
    ecr.put_image(repositoryName="airflow-dev-x", imageTag="0123456789abcdef", imageManifest=MANIFEST)


class Docker:
    """A docker command that notes how it was called, and fails where a test wants it to."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "docker"
        self._notes = folder / "notes"
        self.behave()

    def behave(self, **programs: str) -> None:
        """Run a program, in Python, for one of docker's verbs."""
        text = f"""\
            #!{sys.executable}
            import json, os, pathlib, sys
            config = pathlib.Path(os.environ["DOCKER_CONFIG"])
            note = {{
                "arguments": sys.argv[1:],
                "stdin": sys.stdin.read(),
                "config": json.loads((config / "config.json").read_text()),
                "folder": str(config),
                "entries": {{entry.name: str(entry.resolve()) for entry in config.iterdir()}},
            }}
            with open({str(self._notes)!r}, "a") as file:
                print(json.dumps(note), file=file)
            exec({ {"version": "print('amd64')", **programs}!r}.get(sys.argv[1], "print('done')"))
        """
        self.path.write_text(textwrap.dedent(text))
        self.path.chmod(0o755)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What docker was told, call by call."""
        return [json.loads(line) for line in self._notes.read_text().splitlines()] if self._notes.exists() else []

    @property
    def verbs(self) -> list[str]:
        """The first word of each call."""
        return [call["arguments"][0] for call in self.calls]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Put a docker command first on the PATH, whose user has settings."""
    folder = tmp_path / "bin"
    folder.mkdir()
    settings = tmp_path / "settings"
    (settings / "contexts").mkdir(parents=True)
    (settings / "config.json").write_text(
        json.dumps({"credsStore": "keychain", "credHelpers": {"gcr.io": "gcloud"}, "currentContext": "colima"})
    )
    monkeypatch.setenv("DOCKER_CONFIG", str(settings))
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return Docker(folder)


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """Return a folder to build."""
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder


def run(monkeypatch: pytest.MonkeyPatch, context: Path, *more: str) -> int:
    """Run the program as Terraform does."""
    monkeypatch.setattr(sys, "argv", ["push_image", *OPTIONS, f"--context={context}", *more])
    return push_image.main()


class TestWhatIsThere:
    """An image that the registry has is neither built nor pushed."""

    def test_it_is_left_alone_without_docker(
        self,
        ecr: "ECRClient",
        context: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """One line says so, on a machine that has no Docker."""
        put(ecr)
        monkeypatch.setenv("PATH", "")

        assert run(monkeypatch, context) == 0
        assert capsys.readouterr().out == f"{URI} is in the registry\n"

    def test_another_tag_does_not_count(
        self, ecr: "ECRClient", context: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A repository with an older image gets the new one."""
        put(ecr)

        assert run(monkeypatch, context, "--tag=fedcba9876543210") == 0
        assert docker.verbs == ["version", "login", "build", "push"]


@pytest.mark.usefixtures("ecr")
class TestWhatIsNotThere:
    """An image that the registry lacks is built and pushed."""

    def test_docker_is_told_what_to_do(
        self, context: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Build and push name platform, Dockerfile, context and tag; the last line says how long it took."""
        assert run(monkeypatch, context) == 0

        _, _, build, push = docker.calls
        file = f"{context}/Dockerfile"
        assert build["arguments"] == ["build", "--platform", "linux/amd64", "--file", file, "--tag", URI, str(context)]
        assert push["arguments"] == ["push", URI]
        said = capsys.readouterr().out.splitlines()
        assert said[:2] == ["[airflow-dev-x] done"] * 2
        assert re.fullmatch(rf"{URI} is in the registry, built in \d+ s, pushed in \d+ s", said[2])

    def test_the_password_is_seen_by_docker_alone(
        self, context: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It goes through a pipe, not through arguments, and is not printed."""
        run(monkeypatch, context)

        password = f"{ACCOUNT}-auth-token"
        login = docker.calls[1]
        assert login["arguments"] == ["login", "--username", "AWS", "--password-stdin", REGISTRY]
        assert [call["stdin"] for call in docker.calls] == ["", password, "", ""]
        assert password not in "".join(capsys.readouterr())

    def test_the_users_settings_hold_and_stay_as_they_are(
        self, context: Path, docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Context and other logins work as ever; this login goes to a file that is gone afterwards."""
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
        """Docker's folder need not exist."""
        monkeypatch.delenv("DOCKER_CONFIG")
        monkeypatch.setenv("HOME", str(tmp_path / "nobody"))

        assert run(monkeypatch, context) == 0
        assert docker.calls[0]["config"] == {"credHelpers": {REGISTRY: ""}}

    def test_a_push_that_another_machine_won_is_a_success(
        self, context: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """ECR refuses to overwrite an immutable tag: the image is there, which is all that was wanted."""
        docker.behave(
            push=f"""import boto3
ecr = boto3.client("ecr", region_name="eu-central-1")
ecr.put_image(repositoryName="airflow-dev-x", imageTag="0123456789abcdef", imageManifest={MANIFEST!r})
sys.exit("tag invalid: The image tag already exists and cannot be overwritten because the repository is immutable.")
"""
        )

        assert run(monkeypatch, context) == 0
        assert f"{URI} is in the registry" in capsys.readouterr().out


def test_the_role_of_the_provider_is_assumed(
    ecr: "ECRClient", context: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """ECR is asked in the role's account, here another one, which has the image."""
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


@pytest.mark.usefixtures("ecr")
class TestFailures:
    """Each failure is one sentence on the last line, exit code 1, no traceback."""

    def sentence(self, monkeypatch: pytest.MonkeyPatch, context: Path, capsys: pytest.CaptureFixture[str]) -> str:
        """Run the program, which fails, and return what it says."""
        assert run(monkeypatch, context) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        return said

    def test_no_docker(
        self, context: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The sentence says what to do without Docker."""
        monkeypatch.setenv("PATH", "")

        said = self.sentence(monkeypatch, context, capsys)

        assert said.startswith(
            "airflow-dev-x must be built, and there is no docker command on the PATH: install Docker"
        )

    @pytest.mark.parametrize(
        ("verb", "program", "sentence"),
        [
            ("version", "sys.exit('Cannot connect')", "must be built, and Docker does not answer: Cannot connect"),
            ("version", "sys.exit(1)", "must be built, and Docker does not answer: it gives no reason"),
            ("login", "sys.exit('a\\ndenied')", f"docker login to {REGISTRY} failed: denied"),
            ("build", "sys.exit('no')", "x/Dockerfile for linux/amd64 failed; docker says above why\n"),
            ("push", "sys.exit('no')", f"docker push of {URI} failed; docker says above why\n"),
        ],
    )
    def test_docker_fails(
        self,
        context: Path,
        docker: Docker,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        *,
        verb: str,
        program: str,
        sentence: str,
    ) -> None:
        """The sentence names the step, and nothing is done after it."""
        docker.behave(**{verb: program})

        assert sentence in self.sentence(monkeypatch, context, capsys)
        steps = ["version", "login", "build", "push"]
        assert not set(docker.verbs) & set(steps[steps.index(verb) + 1 :])

    def test_a_build_for_another_platform_fails(
        self, context: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The most common reason is told."""
        docker.behave(version="print('arm64')", build="sys.exit('exec format error')")

        assert "this machine is linux/arm64, which needs emulation" in self.sentence(monkeypatch, context, capsys)

    def test_unreadable_settings_of_docker(
        self,
        context: Path,
        docker: Docker,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """A broken config.json is named."""
        (tmp_path / "settings" / "config.json").write_text("{")

        assert "settings/config.json is not valid JSON" in self.sentence(monkeypatch, context, capsys)
        assert docker.calls == []

    def test_no_repository(
        self, context: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What AWS answers is handed on."""
        monkeypatch.setattr(sys.modules[__name__], "OPTIONS", ("--repository-url=h/none", *OPTIONS[1:]))

        assert "cannot ask ECR for h/none" in self.sentence(monkeypatch, context, capsys)

    def test_no_credentials(
        self, context: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A profile that does not exist is a sentence too."""
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_PROFILE", "absent")

        assert "cannot talk to ECR in eu-central-1: " in self.sentence(monkeypatch, context, capsys)

    def test_no_boto3(self, context: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """A machine that has only synthesized so far is told what installs the rest."""
        for module in ("aws_session", "ecr_image"):
            monkeypatch.delitem(sys.modules, f"constructs_lib.{module}", raising=False)
        monkeypatch.setitem(sys.modules, "boto3", None)

        said = self.sentence(monkeypatch, context, capsys)

        assert said.startswith("boto3 is not installed in ")
        assert said.endswith("; `make deploy` installs what a deployment needs\n")


def until(condition: Callable[[], bool]) -> bool:
    """Wait for *condition*, ten seconds at most."""
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.mark.usefixtures("ecr")
def test_an_interrupt_stops_docker_and_removes_the_login(context: Path, docker: Docker, tmp_path: Path) -> None:
    """Ctrl-C, or Terraform ending the program, leaves no login behind and prints no traceback."""
    stopped = tmp_path / "stopped"
    docker.behave(
        build=f"""import signal, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(pathlib.Path({str(stopped)!r}).touch()))
print("building", flush=True)
time.sleep(60)
"""
    )
    program = subprocess.Popen(
        [sys.executable, "-m", "constructs_lib.push_image", *OPTIONS, f"--context={context}"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout
    assert program.stdout.readline() == "[airflow-dev-x] building\n"

    program.send_signal(signal.SIGTERM)
    _, error = program.communicate(timeout=10)

    assert program.returncode == 1
    assert error == f"{URI} was not pushed: interrupted\n"
    assert not Path(docker.calls[-1]["folder"]).exists()
    assert until(stopped.exists)
