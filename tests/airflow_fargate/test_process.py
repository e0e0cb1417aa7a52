from pathlib import Path

from tests.airflow_fargate.container import last_json, run_with_airflow


def test_a_process_beats_before_it_reaches_for_the_database(tmp_path: Path) -> None:
    """A heartbeat that the database refuses is a sign of life all the same."""
    heartbeat = tmp_path / "heartbeat"
    script = """
        from airflow_fargate import process
        def refuse(*_, **__):
            raise ConnectionError("no database")
        process._heartbeat = refuse
        try:
            process._heartbeat_and_beat(None)
        except ConnectionError:
            print('{"refused": true}')
    """

    ended = run_with_airflow(script, tmp_path, AIRFLOW_FARGATE_HEARTBEAT_FILE=str(heartbeat))

    assert last_json(ended) == {"refused": True}
    assert heartbeat.exists()


def test_the_process_is_airflows_own_command(tmp_path: Path) -> None:
    """Its arguments are Airflow's, and so is what it says of them."""
    script = """
        import runpy, sys
        sys.argv = ["process.py", "version"]
        runpy.run_module("airflow_fargate.process", run_name="__main__")
    """

    ended = run_with_airflow(script, tmp_path)

    assert (ended.returncode, ended.stdout) == (0, "3.3.2\n")
