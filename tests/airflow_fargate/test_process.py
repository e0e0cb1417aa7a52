from pathlib import Path

from tests.airflow_fargate.container import called, run, task_starter


def test_a_process_beats_before_it_reaches_for_the_database(tmp_path: Path) -> None:
    """A process touches its heartbeat also when the database refuses the heartbeat of its job."""
    heartbeat = tmp_path / "heartbeat"
    variables = task_starter(tmp_path) | {"AIRFLOW_FARGATE_HEARTBEAT_FILE": str(heartbeat)}

    assert called("process.beats_when_the_database_refuses", **variables) is True
    assert heartbeat.exists()


def test_the_process_is_airflows_own_command(tmp_path: Path) -> None:
    """A process passes its arguments to Airflow's own command."""
    ended = run("-m", "airflow_fargate.process", "version", **task_starter(tmp_path))

    assert (ended.returncode, ended.stdout) == (0, "3.3.2\n")
