"""Where a task runs, one start at a time."""

from pathlib import Path
from typing import Any

import pytest

from tests.airflow_fargate.container import last_json, run_with_airflow

STARTS = 400


def providers(capacity: dict[str, Any] | str, home: Path) -> list[str]:
    """Return the providers of many starts of one operator."""
    script = f"""
        import json
        from types import SimpleNamespace
        from airflow_fargate import FargateTaskOperator
        from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
        EcsRunTaskOperator.execute = lambda self, context: self.capacity_provider_strategy
        operator = FargateTaskOperator(task_id="a", task="multi_task", capacity={capacity!r})
        instance = SimpleNamespace(dag_id="d", task_id="a", run_id="r", map_index=-1, try_number=1, max_tries=0, id="i")
        print(json.dumps([operator.execute({{"ti": instance}}) for _ in range({STARTS})]))
    """
    found = last_json(run_with_airflow(script, home))
    assert all(len(strategy) == 1 for strategy in found)
    return [strategy[0]["capacityProvider"] for strategy in found]


@pytest.mark.parametrize(("percent", "least", "most"), [(0, 0, 0), (75, 240, 360), (100, STARTS, STARTS)])
def test_of_many_starts_a_share_is_on_spot(percent: int, least: int, most: int, tmp_path: Path) -> None:
    """Each start asks for one provider, for ECS weighs only the tasks of one call; 240 to 360 is 7 deviations wide."""
    found = providers({"spot_percent": percent}, tmp_path)

    assert set(found) <= {"FARGATE", "FARGATE_SPOT"}
    assert least <= found.count("FARGATE_SPOT") <= most


def test_a_task_toml_may_mix(tmp_path: Path) -> None:
    """Its table is the operator's capacity, if the DAG says nothing."""
    (tmp_path / "tasks/mixed").mkdir(parents=True)
    (tmp_path / "tasks/mixed/task.toml").write_text("[capacity]\nspot_percent = 100\n")
    script = """
        import json
        from airflow_fargate import FargateTaskOperator
        operator = FargateTaskOperator(task_id="a", task="mixed")
        print(json.dumps(operator.capacity_provider_strategy))
    """

    ended = run_with_airflow(script, tmp_path, AIRFLOW_FARGATE_TASKS_FOLDER=str(tmp_path / "tasks"))

    assert last_json(ended) == [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
