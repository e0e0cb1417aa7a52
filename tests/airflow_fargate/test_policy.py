"""The queue that a task names, checked by Airflow's own DagBag as it reads the DAGs."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

DOCKER = Path(__file__).parents[2] / "docker"
READ = """
    import json, sys
    from airflow.dag_processing.dagbag import DagBag
    bag = DagBag(dag_folder=sys.argv[1])
    pools = {name: dag.get_task("work").pool for name, dag in bag.dags.items()}
    print(json.dumps({"errors": bag.import_errors, "pools": pools}))
"""
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
SAID = "AirflowClusterPolicyViolation: task 'work' of DAG {name!r} has queue='gpu', which no worker serves; there are "


def read(folder: Path, home: Path, *python_path: Path, **environment: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the import errors by file, and the pool of each DAG's task."""
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(READ), str(folder)],
        env={
            "PYTHONPATH": ":".join(map(str, (DOCKER, *python_path))),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout.splitlines()[-1])
    return {Path(file).stem: error for file, error in found["errors"].items()}, found["pools"]


def write(folder: Path) -> Path:
    """Return a folder with the DAGs, a file each."""
    folder.mkdir()
    for name, (arguments, call) in DAGS.items():
        source = textwrap.dedent(DAG).format(name=name, arguments=arguments, call=call)
        (folder / f"{name}.py").write_text(source)
    return folder


def test_a_queue_that_no_worker_serves_is_an_import_error(tmp_path: Path) -> None:
    """The sentence names the task, mapped or not, its queue and the queues there are; the other DAGs are read."""
    errors, pools = read(write(tmp_path / "dags"), tmp_path, AIRFLOW_FARGATE_QUEUES="default,spot")

    wrong = ["names_no_pool", "names_no_pool_mapped"]
    assert errors == {name: SAID.format(name=name) + "default, spot" for name in wrong}
    assert pools.keys() == DAGS.keys() - wrong


def test_a_task_that_names_no_pool_of_airflow_has_its_queues(tmp_path: Path) -> None:
    """A mapped one, too; those of the queue `default` stay in Airflow's default pool, and who names one has that."""
    _, pools = read(write(tmp_path / "dags"), tmp_path, AIRFLOW_FARGATE_QUEUES="default,spot")

    assert pools == {
        "names_none": "default_pool",
        "names_one": "spot",
        "names_one_mapped": "spot",
        "names_one_and_a_pool": "theirs",
    }


def test_where_no_queues_are_told_nothing_is_refused_or_changed(tmp_path: Path) -> None:
    """A test of a DAG on a laptop needs no stage."""
    errors, pools = read(write(tmp_path / "dags"), tmp_path)

    assert (errors, pools) == ({}, dict.fromkeys(DAGS, "default_pool") | {"names_one_and_a_pool": "theirs"})


def test_a_users_own_policy_works_beside_it(tmp_path: Path) -> None:
    """`airflow_local_settings` is the user's, and has its say before: what it sets right is right."""
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / "airflow_local_settings.py").write_text(
        "def task_policy(task):\n    if task.queue == 'gpu' and task.dag_id == 'names_no_pool':\n"
        "        task.queue = 'spot'\n"
    )
    dags = write(tmp_path / "dags")

    errors, pools = read(dags, tmp_path, settings, AIRFLOW_FARGATE_QUEUES="default,spot")

    assert errors.keys() == {"names_no_pool_mapped"}
    assert pools["names_no_pool"] == "spot"
