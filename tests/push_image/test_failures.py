"""Promises of the sentences when an image cannot be pushed."""

import sys
from pathlib import Path

import pytest

from tests.push_image import program
from tests.push_image.docker import Docker
from tests.push_image.program import OPTIONS, REGISTRY, URI, run


@pytest.mark.usefixtures("ecr")
class TestFailures:
    """Report each failure as one sentence with exit code 1 and no traceback."""

    def sentence(self, monkeypatch: pytest.MonkeyPatch, context: Path, capsys: pytest.CaptureFixture[str]) -> str:
        """Run the program, which fails, and return its output."""
        assert run(monkeypatch, context) == 1
        printed = capsys.readouterr().err
        assert printed.count("\n") == 1
        return printed

    def test_no_docker(
        self, context: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Without Docker the sentence says what to do."""
        monkeypatch.setenv("PATH", "")

        printed = self.sentence(monkeypatch, context, capsys)

        assert printed.startswith(
            "airflow-dev-x must be built, and there is no docker command on the PATH; install Docker"
        )

    @pytest.mark.parametrize(
        ("verb", "program", "sentence"),
        [
            ("version", "sys.exit('Cannot connect')", "must be built, and Docker does not answer: Cannot connect"),
            ("version", "sys.exit(1)", "must be built, and Docker does not answer: it printed no reason"),
            ("login", "sys.exit('a\\ndenied')", f"docker login to {REGISTRY} failed: denied"),
            ("build", "sys.exit('no')", "x/Dockerfile for linux/amd64 failed; see the output of docker above\n"),
            ("push", "sys.exit('no')", f"docker push of {URI} failed; see the output of docker above\n"),
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
        """A failed step is named, and no later step runs."""
        docker.behave(**{verb: program})

        assert sentence in self.sentence(monkeypatch, context, capsys)
        steps = ["version", "login", "build", "push"]
        assert not set(docker.verbs) & set(steps[steps.index(verb) + 1 :])

    def test_a_build_for_another_platform_fails(
        self, context: Path, docker: Docker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A failed build for another platform names the usual reason."""
        docker.behave(version="print('arm64')", build="sys.exit('exec format error')")

        assert "this machine is linux/arm64 and needs emulation" in self.sentence(monkeypatch, context, capsys)

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
        """A missing repository is one sentence, before a build."""
        monkeypatch.setattr(program, "OPTIONS", ("--repository-url=h/none", *OPTIONS[1:]))

        assert self.sentence(monkeypatch, context, capsys) == "the registry h has no repository none\n"

    def test_no_credentials(
        self, context: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A missing profile is one sentence."""
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_PROFILE", "absent")

        assert "cannot connect to ECR in eu-central-1: " in self.sentence(monkeypatch, context, capsys)

    def test_no_boto3(self, context: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """Without boto3 the sentence says what installs it."""
        for module in ("iam.aws_session", "push_image.ecr_image"):
            monkeypatch.delitem(sys.modules, f"constructs_lib.{module}", raising=False)
        monkeypatch.setitem(sys.modules, "boto3", None)

        printed = self.sentence(monkeypatch, context, capsys)

        assert printed.startswith("boto3 is not installed in ")
        assert printed.endswith("; run: pip install 'airflow-on-fargate[deploy]'\n")

    @pytest.mark.usefixtures("docker")
    def test_a_link_that_docker_cannot_follow(
        self, context: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A link that Docker cannot follow is refused, also if it is newer than the plan."""
        (tmp_path / "libs").mkdir()
        (tmp_path / "libs/link").symlink_to("/etc/hostname")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(program, "OPTIONS", (*OPTIONS, "--additional-folder=libs"))

        assert "libs/link is a symbolic link to '/etc/hostname'" in self.sentence(monkeypatch, context, capsys)
