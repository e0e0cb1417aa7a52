from pathlib import Path

from tests.airflow_fargate.container import called, run, task_starter


def test_a_process_beats_before_it_reaches_for_the_database(tmp_path: Path) -> None:
    """A heartbeat that the database refuses is a sign of life all the same."""
    heartbeat = tmp_path / "heartbeat"
    variables = task_starter(tmp_path) | {"AIRFLOW_FARGATE_HEARTBEAT_FILE": str(heartbeat)}

    assert called("process.beats_when_the_database_refuses", **variables) is True
    assert heartbeat.exists()


def test_the_process_is_airflows_own_command(tmp_path: Path) -> None:
    """Its arguments are Airflow's, and so is what it says of them."""
    ended = run("-m", "airflow_fargate.process", "version", **task_starter(tmp_path))

    assert (ended.returncode, ended.stdout) == (0, "3.3.2\n")
