"""What `python main.py` does."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from cdktf import App, TerraformStack

import main
import stages as stages_file
from airflow_on_fargate import program, synthesis
from constructs_lib.engine.engine_choice import Engine
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import TaskFolder
from constructs_lib.shared.bad_input import BadInputError
from tests.command import command, refused

DEV = Settings(stage="dev", state_bucket="states")
PROD = Settings(stage="prod", state_bucket="states", protected=True)


@pytest.fixture(autouse=True)
def _two_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages_file, "STAGES", (DEV, PROD))
    monkeypatch.delenv("TF_STATE_BUCKET", raising=False)


def write_into(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program write into *folder* instead of cdktf.out."""
    monkeypatch.setenv("CDKTF_OUTDIR", str(folder))


def test_every_stage_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program prints the file of every stage that it writes."""
    write_into(tmp_path, monkeypatch)
    main.main([])

    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/stacks/airflow-{stage}/cdk.tf.json" for stage in ("dev", "prod")
    ]
    assert json.loads((tmp_path / "stacks/airflow-dev/cdk.tf.json").read_text())["resource"]["aws_ecs_cluster"]


def test_main_can_define_other_stacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user's function defines the stacks of each stage instead, with its settings and its folders of tasks."""
    defined = {}

    def define(app: App, settings: Settings, folders: tuple[TaskFolder, ...]) -> None:
        defined[settings.stage] = [folder.name for folder in folders]
        TerraformStack(app, f"orders-{settings.stage}")

    program.run([], project=main.PROJECT, environment={"CDKTF_OUTDIR": str(tmp_path)}, define=define)

    assert defined == {stage: ["multi_task", "number_task"] for stage in ("dev", "prod")}
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/stacks/orders-{stage}/cdk.tf.json" for stage in ("dev", "prod")
    ]


def test_a_stage_that_may_open_too_many_connections_is_written_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Too many database connections are a warning on stderr with the stage's name, and the stage is written."""
    pools: Any = {"spot": {"max": 100}}
    monkeypatch.setattr(stages_file, "STAGES", (Settings(stage="dev", state_bucket="states", worker_pools=pools),))
    write_into(tmp_path, monkeypatch)

    main.main([])

    [warning] = capsys.readouterr().err.splitlines()
    assert warning.startswith("warning: stages.py, stage 'dev': all processes may open 1")
    assert Path(tmp_path, "stacks/airflow-dev/cdk.tf.json").is_file()


def test_the_bucket_for_the_state_is_a_stack_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine's command runs for `bootstrap` writes only the stack with the bucket for the state."""
    write_into(tmp_path, monkeypatch)
    assert command("synth-bootstrap", "--stage", "dev").output == f"{tmp_path}/stacks/airflow-dev-state/cdk.tf.json\n"


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An output folder that cannot be written is one sentence with the engine's message."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/airflow-dev-state").touch()
    write_into(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)

    assert " cannot be written: " in refused("synth-bootstrap", "--stage", "dev")


def test_a_refused_stack_leaves_no_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack that is refused leaves none of the folders that the engine has created."""
    write_into(tmp_path / "output", monkeypatch)

    def refuse(*_: object, **__: object) -> None:
        assert (tmp_path / "output/stacks").is_dir()
        msg = "refused"
        raise BadInputError(msg)

    monkeypatch.setattr(synthesis, "StateBucketStack", refuse)
    assert refused("synth-bootstrap", "--stage", "dev") == "error: refused"

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("pulumi", "AIRFLOW_FARGATE_ENGINE in the environment must be cdktf or cdktn, got 'pulumi'"),
        (
            "cdktn",
            r"the engine cdktn is not installed; run: pip install 'airflow-on-fargate\[cdktn\]', or unset AIRFLOW_",
        ),
        ("", "the engine cdktf is not installed; run: pip install airflow-on-fargate$"),
    ],
)
def test_an_engine_that_cannot_start_is_refused(name: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that does not exist or is not installed is one sentence, before anything is composed."""
    monkeypatch.setenv("AIRFLOW_FARGATE_ENGINE", name)
    monkeypatch.setattr(Engine, "is_installed", False)

    with pytest.raises(SystemExit, match=f"^error: {sentence}"):
        main.main([])


def test_an_argument_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb of another program is not ignored: nothing is written, and the sentence names that program."""
    monkeypatch.setattr(sys, "argv", ["main.py", "export"])

    with pytest.raises(SystemExit, match=r"^error: main.py has no arguments; airflow-fargate --help lists"):
        main.main()


def test_ctrl_c_is_no_fault(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends the program with the exit code of shells, and without a traceback."""
    monkeypatch.setattr(program, "load_stages", lambda _: os.kill(os.getpid(), signal.SIGINT))

    with pytest.raises(SystemExit) as ended:
        main.main([])

    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_fault_of_the_program_has_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that is no mistake of the user is not made a sentence."""
    monkeypatch.setattr(program, "load_stages", lambda _: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        main.main([])
