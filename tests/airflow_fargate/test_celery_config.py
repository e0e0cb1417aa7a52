from pathlib import Path

from constructs_lib.airflow_environment import environment
from tests.airflow_fargate.container import last_json, run_with_airflow
from tests.test_airflow_environment import GIVEN


def test_a_worker_beats_by_the_timer_of_the_loop_that_polls(tmp_path: Path) -> None:
    """A real Celery worker beats when it is ready, and goes on every ten seconds by its consumer's own timer."""
    heartbeat = tmp_path / "heartbeat"
    script = f"""
        import json, logging
        from pathlib import Path
        from celery import Celery, signals
        from celery.contrib.testing.worker import start_worker
        from airflow_fargate.celery_config import CELERY_CONFIG
        app = Celery("test")
        app.conf.update({{**CELERY_CONFIG, "broker_url": "memory://", "result_backend": None}})
        consumers = []
        signals.worker_ready.connect(lambda sender, **_: consumers.append(sender), weak=False)
        with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=5):
            [consumer] = consumers
            ready = Path("{heartbeat}").exists()
            entries = [entry.entry for entry in consumer.timer.schedule.queue]
        # Celery wraps what is repeated.
        beats = [each.args for each in entries if each.args[:1] == (10,) or "beat" in repr(each.args)]
        print(json.dumps({{"ready": ready, "every": [args[0] for args in beats]}}))
    """
    given = environment("worker", GIVEN) | {"AIRFLOW_FARGATE_HEARTBEAT_FILE": str(heartbeat)}
    # Celery's result backend is derived from it.
    given |= {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://u:p@127.0.0.1:1/d"}

    assert last_json(run_with_airflow(script, tmp_path, **given)) == {"ready": True, "every": [10]}
