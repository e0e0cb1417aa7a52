"""Promises of the command."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_on_fargate.simulator import __main__ as command
from airflow_on_fargate.simulator.outcome import FIGURES, duration
from airflow_on_fargate.simulator.workloads import WORKLOADS
from tests.clone import PROJECT


@pytest.fixture(autouse=True)
def _composed(composed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `make synth` have composed a stage with workers from 0 to 20."""
    monkeypatch.setattr(command, "STACKS", composed)


def test_it_prints_every_figure_of_every_contender(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The program prints and draws every figure of every contender."""
    command.main(["--workload", "spiky", "--picture", str(tmp_path / "spiky.svg")])
    output = capsys.readouterr().out.splitlines()

    assert output[1] == "spiky: 2880 task instances, up to 20 workers"
    assert output[3].split() == " ".join(FIGURES).split()
    assert [line[:12].strip() for line in output[4:]] == ["ours", "CPU policy,", "CPU policy,", "fixed fleet"]
    assert (tmp_path / "spiky.svg").read_text().startswith("<svg")


def test_it_simulates_a_history(capsys: pytest.CaptureFixture[str]) -> None:
    """The program simulates a recorded history."""
    command.main(["--history", str(Path(__file__).with_name("local_run.csv"))])

    assert "local_run.csv: 48 task instances" in capsys.readouterr().out


def test_a_what_if_is_composed(capsys: pytest.CaptureFixture[str]) -> None:
    """The option `--max` composes the stage again and does not change what `make synth` wrote."""
    command.main(["--max", "7", "--history", str(Path(__file__).with_name("local_run.csv"))])

    assert "up to 7 workers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (
            ["--stage", "pord"],
            "stage 'pord' has no {stacks}/airflow-pord/cdk.tf.json; make synth writes it; did you mean 'prod'?",
        ),
        (["--pool", "defualt"], "stage 'prod' has no worker pool 'defualt'; did you mean 'default'?"),
        (["--workload", "spikey"], "--workload 'spikey' is unknown; did you mean 'spiky'?"),
        (["--history", "none.csv"], "none.csv is missing; it must be the result of history.sql as CSV"),
        (["--min", "1", "--pool", "none"], "stage 'prod' has no worker pool 'none'; allowed are default"),
        (
            ["--stage", "ec2", "--pool", "metal"],
            "worker pool 'metal' of stage 'ec2' must be on Fargate to be simulated, got EC2",
        ),
        (
            ["--min", "9", "--max", "3"],
            "stages.py, stage 'prod': worker_pools.default min must not be higher than max, 3, got 9",
        ),
    ],
)
def test_a_mistake_is_one_sentence(arguments: list[str], output: str, composed: Path) -> None:
    """A wrong option is one sentence with the value and what is allowed, and exit code 1."""
    with pytest.raises(SystemExit) as end:
        command.main(arguments)

    assert end.value.code == f"error: {output.format(stacks=composed)}"


@pytest.mark.programs
def test_the_program_ends_with_a_sentence_too() -> None:
    """A mistake ends the program with a sentence on stderr, exit code 1 and no traceback."""
    program = [sys.executable, "-m", "airflow_on_fargate.simulator", "--stage", "pord"]
    ended = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.fullmatch(r"error: stage 'pord' has no .+; make synth writes it.*\n", ended.stderr)


def test_help_names_the_workloads(capsys: pytest.CaptureFixture[str]) -> None:
    """The help lists the options and the workloads."""
    with pytest.raises(SystemExit):
        command.main(["--help"])
    output = " ".join(capsys.readouterr().out.split())

    assert ", ".join(WORKLOADS) in output
    assert all(
        option in output for option in ("--stage", "--pool", "--min", "--max", "--history", "--seed", "--report")
    )


@pytest.mark.parametrize(
    ("seconds", "output"), [(0.4, "0 s"), (99, "99 s"), (100, "1.7 min"), (5999, "100.0 min"), (7200, "2.0 h")]
)
def test_a_duration_has_the_unit_that_suits_it(seconds: float, output: str) -> None:
    """A duration is printed in seconds, minutes or hours."""
    assert duration(seconds) == output
