"""Promises of the methods of the image's classes that take the place of a dependency's."""

from pathlib import Path

from tests.airflow_fargate.container import last_json, run, task_starter


def test_every_method_that_overrides_is_marked_and_takes_what_its_parent_takes(tmp_path: Path) -> None:
    """Every method that overrides a dependency's is marked, and has its parent's parameters."""
    found = last_json(run(Path(__file__).with_name("overrides.py"), **task_starter(tmp_path)))

    assert {name: problem for name, problem in found.items() if problem} == {}
    assert len(found) > 30
