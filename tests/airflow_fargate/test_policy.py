"""The queue that a task names, checked by Airflow's own DagBag as it reads the DAGs."""

import os
import textwrap
from pathlib import Path

from tests.airflow_fargate.container import called, environment_with

DAG = """
    from airflow.sdk import dag, task

    @dag(schedule=None)
    def {name}():
        @task{arguments}
        def work(number): ...
        work{call}

    {name}()
"""
DAGS = {
    "names_none": ("", "(1)"),
    "names_one": ('(queue="spot")', "(1)"),
    "names_one_mapped": ('(queue="spot")', ".expand(number=[1, 2])"),
    "names_one_and_a_pool": ('(queue="spot", pool="theirs")', "(1)"),
    "names_no_pool": ('(queue="gpu")', "(1)"),
    "names_no_pool_mapped": ('(queue="gpu")', ".expand(number=[1, 2])"),
}
REFUSAL = (
    "AirflowClusterPolicyViolation: task 'work' of DAG {name!r} has queue='gpu', which no worker serves; the queues are"
)


def read(folder: Path, home: Path, *python_path: Path, **environment: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the import errors by file, and the pool of each DAG's task."""
    container = environment_with({"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **environment})
    container["PYTHONPATH"] = os.pathsep.join([container["PYTHONPATH"], *map(str, python_path)])
    found = called("dag_bag.read", str(folder), **container)
    return {Path(file).stem: error for file, error in found["errors"].items()}, found["pools"]


def write(folder: Path) -> Path:
    """Return a folder with the DAGs, a file each."""
    folder.mkdir()
    for name, (arguments, call) in DAGS.items():
        source = textwrap.dedent(DAG).format(name=name, arguments=arguments, call=call)
        (folder / f"{name}.py").write_text(source)
    return folder


def test_a_queue_that_no_worker_serves_is_an_import_error(tmp_path: Path) -> None:
    """The import error names the task, its queue and the existing queues, and other DAGs are read."""
    errors, pools = read(write(tmp_path / "dags"), tmp_path, AIRFLOW_FARGATE_QUEUES="default,spot")

    wrong = ["names_no_pool", "names_no_pool_mapped"]
    assert errors == {name: REFUSAL.format(name=name) + " default, spot" for name in wrong}
    assert pools.keys() == DAGS.keys() - wrong


def test_a_task_that_names_no_pool_of_airflow_has_its_queues(tmp_path: Path) -> None:
    """A task without a pool gets its queue's pool, and one that names a pool keeps it."""
    _, pools = read(write(tmp_path / "dags"), tmp_path, AIRFLOW_FARGATE_QUEUES="default,spot")

    assert pools == {
        "names_none": "default_pool",
        "names_one": "spot",
        "names_one_mapped": "spot",
        "names_one_and_a_pool": "theirs",
    }


def test_without_queues_nothing_is_refused_or_changed(tmp_path: Path) -> None:
    """Without queues in the environment, no queue is refused and no pool is set."""
    errors, pools = read(write(tmp_path / "dags"), tmp_path)

    assert (errors, pools) == ({}, dict.fromkeys(DAGS, "default_pool") | {"names_one_and_a_pool": "theirs"})


def test_a_users_own_policy_works_beside_it(tmp_path: Path) -> None:
    """A user's own policy in `airflow_local_settings` runs before the image's."""
    dags = write(tmp_path / "dags")

    errors, pools = read(dags, tmp_path, Path(__file__).with_name("user_policy"), AIRFLOW_FARGATE_QUEUES="default,spot")

    assert errors.keys() == {"names_no_pool_mapped"}
    assert pools["names_no_pool"] == "spot"
