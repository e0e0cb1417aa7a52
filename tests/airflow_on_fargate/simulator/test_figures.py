"""Promises of `airflow-fargate simulate`."""

import json
from pathlib import Path
from random import Random

import pytest

from airflow_on_fargate.cli import project_files
from airflow_on_fargate.simulator.outcome import FIGURES, duration
from airflow_on_fargate.simulator.schedules import SCHEDULED, wrong_days
from tests.command import command, refused

HISTORY = str(Path(__file__).with_name("local_run.csv"))


@pytest.fixture(autouse=True)
def _composed(composed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `make synth` have composed a stage with workers from 0 to 20."""
    monkeypatch.setattr(project_files, "STACKS", composed)
    monkeypatch.setattr(project_files, "write_stages", lambda **_: None)


def test_it_prints_every_figure_of_every_contender(tmp_path: Path) -> None:
    """The program prints and draws every figure of every contender."""
    output = command("simulate", "--workload", "spiky", "--picture", str(tmp_path / "spiky.svg")).output.splitlines()

    assert output[1] == "spiky: 2880 task instances, up to 20 workers"
    assert output[3].split() == " ".join(FIGURES).split()
    assert [line[:12].strip() for line in output[4:]] == ["ours", "CPU policy,", "CPU policy,", "fixed fleet"]
    assert (tmp_path / "spiky.svg").read_text().startswith("<svg")


def test_it_simulates_schedules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The program compares what follows the work with what is ordered ahead of a schedule, and draws it."""
    day = wrong_days(Random(1))["a tenth of the usual tasks"]
    monkeypatch.setitem(SCHEDULED, "scheduled spiky", lambda _: day)
    monkeypatch.setattr("airflow_on_fargate.simulator.simulation.DAY_SEC", 3 * 3600)
    picture = tmp_path / "spiky.svg"
    output = command("simulate", "--workload", "scheduled spiky", "--picture", str(picture)).output.splitlines()

    assert output[1] == "scheduled spiky: 12 task instances, up to 20 workers"
    names = ["ours, following the work", "ours, ahead of the schedule"]
    assert [line[:32].strip() for line in output[4:6]] == names
    assert [line[:13] for line in output[6:]] == ["AWS predictiv", "AWS predictiv", "fixed fleet o"]
    number = list(FIGURES).index("ahead") - len(FIGURES)
    assert [line.split()[number] for line in output[4:6]] == ["0", "20"]
    assert "ours, ahead" in picture.read_text()


def test_it_simulates_a_history() -> None:
    """The program simulates a recorded history."""
    assert "local_run.csv: 48 task instances" in command("simulate", "--history", HISTORY).output


def test_it_prints_json_for_programs() -> None:
    """With `--json` the output is one object, with each figure of each contender as a number."""
    workloads = json.loads(command("simulate", "--history", HISTORY, "--json").output)

    assert list(workloads) == ["local_run.csv"]
    assert [name.split(",")[0] for name in workloads["local_run.csv"]][:2] == ["ours", "CPU policy"]
    assert all(figures.keys() == FIGURES.keys() for figures in workloads["local_run.csv"].values())


def test_a_what_if_is_composed() -> None:
    """The option `--max` composes the stage again and does not change what `make synth` wrote."""
    assert "up to 7 workers" in command("simulate", "--max", "7", "--history", HISTORY).output


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (
            ["--stage", "pord"],
            "stage 'pord' has no {stacks}/airflow-pord/cdk.tf.json; {synth}; did you mean 'prod'?",
        ),
        (["--pool", "defualt"], "stage 'prod' has no worker pool 'defualt'; did you mean 'default'?"),
        (["--workload", "spikey"], "--workload 'spikey' is unknown; did you mean 'spiky'?"),
        (
            ["--picture", "absent/x.svg"],
            "--picture must be a writable file, got 'absent/x.svg': the folder absent does not exist",
        ),
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
    assert (
        refused("simulate", *arguments)
        == f"error: {output.format(stacks=composed, synth='airflow-fargate synth writes it')}"
    )


@pytest.mark.usefixtures("composed")
def test_another_minimum_is_composed_by_the_engine_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is unknown is refused before anything imports one."""
    monkeypatch.setenv("AIRFLOW_FARGATE_ENGINE", "pulumi")

    assert refused("simulate", "--min", "1").startswith("error: AIRFLOW_FARGATE_ENGINE in the environment must be ")


@pytest.mark.parametrize(
    ("seconds", "output"), [(0.4, "0 s"), (99, "99 s"), (100, "1.7 min"), (5999, "100.0 min"), (7200, "2.0 h")]
)
def test_a_duration_has_the_unit_that_suits_it(seconds: float, output: str) -> None:
    """A duration is printed in seconds, minutes or hours."""
    assert duration(seconds) == output
