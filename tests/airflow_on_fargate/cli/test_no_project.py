"""Promises of a command that runs in a folder without a project."""

import sys
from pathlib import Path

import pytest

from airflow_on_fargate.cli.main import app, main
from tests.clone import PROJECT

STAGE = ["--stage", "dev"]
WORDS = {
    "airflow": [*STAGE, "dags", "list"],
    "check": ["plan", *STAGE],
    "dags": ["list", *STAGE],
    "export": [*STAGE, "--to", "out"],
    "images": ["list", *STAGE],
    "local": ["up"],
    "new-task": ["my_task"],
    "policy": ["plan", *STAGE],
    "simulate": [],
    "synth": [],
}
"""The arguments of each command; all others take only a stage."""
NO_PROJECT = {"init"}
COMMANDS = {each.name or each.callback.__name__.replace("_", "-") for each in app.registered_commands if each.callback}
GROUPS = {str(each.name) for each in app.registered_groups}


@pytest.mark.parametrize("command", sorted((COMMANDS | GROUPS) - NO_PROJECT))
def test_a_folder_without_stages_is_one_sentence(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command names the file that is missing, and writes nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "stages", raising=False)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each not in ("", str(PROJECT))])

    with pytest.raises(SystemExit) as end:
        main([command, *WORDS.get(command, STAGE)])

    [line] = capsys.readouterr().err.splitlines()
    assert end.value.code == 1
    assert line.startswith("error: this folder has no main.py and stages.py; run the command in the folder of your pro")
    assert line.endswith("airflow-fargate init my-airflow")
    assert list(tmp_path.iterdir()) == []
