"""The version of the tasks of a DAG run, by Airflow's own rules, with a database in the environment."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy
from airflow.dag_processing.collection import update_dag_parsing_results_in_db
from airflow.executors.workloads.task import ExecuteTask
from airflow.models import import_all_models
from airflow.models.backfill import ReprocessBehavior, _create_backfill
from airflow.models.base import Base
from airflow.models.dag_version import DagVersion
from airflow.models.dagbag import DBDagBag
from airflow.models.dagbundle import DagBundleModel
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance, clear_task_instances
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization, LazyDeserializedDAG
from airflow.settings import engine
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType

START = datetime(2026, 1, 1, tzinfo=UTC)
BUNDLE = "etl"
TEMPLATE = sqlalchemy.text("INSERT INTO log_template (filename, elasticsearch_id, created_at) VALUES ('f', 'e', now())")


def parse(version: str, *tasks: str, dag_id: str = "d", **arguments: Any) -> None:  # noqa: ANN401 Airflow's
    """Store what the dag-processor does after it has parsed a DAG of *tasks* in *version*."""
    with DAG(dag_id, schedule="@daily", start_date=START, **arguments) as dag:
        for task in tasks:
            EmptyOperator(task_id=task)
    dag.fileloc, dag.relative_fileloc = __file__, "d.py"
    with create_session() as session:
        update_dag_parsing_results_in_db(
            BUNDLE,
            version,
            [LazyDeserializedDAG(data=DagSerialization.to_dict(dag))],
            import_errors={},
            parse_duration=1,
            warnings=set(),
            session=session,
        )


def start(run_id: str, dag_id: str = "d") -> None:
    """Create a run, as the scheduler or a user does."""
    with create_session() as session:
        dag: Any = DBDagBag().get_latest_version_of_dag(dag_id, session=session)
        dag.create_dagrun(
            run_id=run_id,
            run_after=datetime.now(UTC),
            run_type=DagRunType.MANUAL,
            triggered_by=DagRunTriggeredByType.UI,
            state=DagRunState.RUNNING,
            session=session,
        )


def version(run_id: str, dag_id: str = "d", map_index: int = -1) -> str | None:
    """Return the version that a worker gets with a task of a run."""
    with create_session() as session:
        instance: Any = session.scalar(
            sqlalchemy.select(TaskInstance).where(TaskInstance.run_id == run_id, TaskInstance.dag_id == dag_id)
        )
        instance.map_index = map_index
        workload = ExecuteTask.make(instance)
        session.rollback()
    return workload.bundle_info.version


def set_state(run_id: str, state: TaskInstanceState, of_run: DagRunState) -> None:
    """Set the states of a run and its tasks."""
    with create_session() as session:
        tasks = sqlalchemy.update(TaskInstance).where(TaskInstance.run_id == run_id)
        session.execute(tasks.values(state=state).execution_options(synchronize_session=False))
        run = sqlalchemy.update(DagRun).where(DagRun.run_id == run_id)
        session.execute(run.values(state=of_run).execution_options(synchronize_session=False))


def clear(run_id: str, *, latest: bool) -> None:
    """Clear the tasks of a run, as a user does who chooses the latest version or not."""
    with create_session() as session:
        instances = list(session.scalars(sqlalchemy.select(TaskInstance).where(TaskInstance.run_id == run_id)))
        clear_task_instances(instances, session, run_on_latest_version=latest)


def facts() -> dict[str, Any]:
    """Return the versions of tasks at several times, while versions of their DAG are parsed."""
    import_all_models()  # type: ignore[no-untyped-call] # Airflow's own has no types
    Base.metadata.create_all(engine)
    with create_session() as session:
        session.add(DagBundleModel(name=BUNDLE))
        session.execute(TEMPLATE)
    parse("one", "a")
    start("r")
    found: dict[str, Any] = {"at its start": version("r")}
    parse("two", "a")
    with create_session() as session:
        latest = DagVersion.get_latest_version("d", session=session)
        found["moved"] = latest and [latest.version_number, latest.bundle_version]
    parse("three", "a", "b")
    found["later"] = version("r")
    for state in (TaskInstanceState.UP_FOR_RETRY, TaskInstanceState.DEFERRED, TaskInstanceState.UP_FOR_RESCHEDULE):
        set_state("r", state, DagRunState.RUNNING)
        found[state.value] = version("r")
    found["mapped"] = version("r", map_index=1)
    clear("r", latest=False)
    found["cleared while it runs"] = version("r")
    set_state("r", TaskInstanceState.SUCCESS, DagRunState.SUCCESS)
    clear("r", latest=False)
    found["cleared"] = version("r")
    set_state("r", TaskInstanceState.SUCCESS, DagRunState.SUCCESS)
    clear("r", latest=True)
    found["cleared with the latest"] = version("r")
    start("new")
    found["new"] = version("new")
    _create_backfill(
        dag_id="d",
        from_date=START,
        to_date=START,
        max_active_runs=1,
        reverse=False,
        triggering_user_name="test",
        dag_run_conf={},
        reprocess_behavior=ReprocessBehavior.NONE,
    )
    parse("four", "a", "b", "c")
    with create_session() as session:
        run_id = session.scalar(sqlalchemy.select(DagRun.run_id).where(DagRun.backfill_id.is_not(None)))
    found["backfill"] = version(str(run_id))
    parse("one", "a", dag_id="e", disable_bundle_versioning=True)
    start("r", "e")
    found["not pinned"] = version("r", "e")
    return found
