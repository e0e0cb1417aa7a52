from pathlib import Path

from constructs_lib.airflow_environment import environment
from tests.airflow_fargate.container import last_json, run_with_airflow
from tests.test_airflow_environment import GIVEN


def test_a_worker_beats_by_the_timer_of_the_loop_that_polls(tmp_path: Path) -> None:
    """A real Celery worker beats when it is ready, and again ten seconds later, without a task to run."""
    heartbeat = tmp_path / "heartbeat"
    script = f"""
        import json
        from pathlib import Path
        from celery import Celery, signals
        from celery.worker import state
        from airflow_fargate.celery_config import CELERY_CONFIG

        app = Celery("test")
        app.conf.update({{**CELERY_CONFIG, "broker_url": "memory://", "result_backend": None}})
        heartbeat = Path("{heartbeat}")
        beats = []

        def look_again_and_stop():
            beats.append(heartbeat.exists())
            state.should_stop = 0

        @signals.worker_ready.connect
        def look(sender, **_):
            beats.append(heartbeat.exists())
            heartbeat.unlink()
            sender.timer.call_after(10.5, look_again_and_stop)

        try:
            app.Worker(pool="solo", quiet=True).start()
        except SystemExit:
            pass
        print(json.dumps({{"beats": beats}}))
    """
    given = environment("worker", GIVEN) | {"AIRFLOW_FARGATE_HEARTBEAT_FILE": str(heartbeat)}
    # Celery's result backend is derived from it.
    given |= {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://u:p@127.0.0.1:1/d"}

    assert last_json(run_with_airflow(script, tmp_path, **given)) == {"beats": [True, True]}
