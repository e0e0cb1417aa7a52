"""Promises of one or several of Airflow's processes as a service."""

from constructs_lib.settings.processes import CORE_PROCESSES, MIGRATE, PROCESSES, WORKER
from tests.template import Template
from tests.variants import READ_VENDOR, with_other_values


def test_a_process_alone_has_the_size_of_its_row(split: Template) -> None:
    """A process that is alone in its task has the size in the table of processes."""
    for process in CORE_PROCESSES:
        definition = split.all("aws_ecs_task_definition")[process.name.replace("-", "_")]

        assert (definition["cpu"], definition["memory"]) == (str(process.cpu), str(process.memory_mib))


def test_a_stage_may_say_another_size() -> None:
    """A stage can set another size for one process, and the other processes keep theirs."""
    template = with_other_values("split")
    definitions = template.all("aws_ecs_task_definition")

    assert (definitions["triggerer"]["cpu"], definitions["triggerer"]["memory"]) == ("4096", "8192")
    assert definitions["scheduler"]["cpu"] == "512"


def test_processes_that_share_a_task_are_sure_of_their_part(compact: Template) -> None:
    """Each process in a shared task reserves its minimum, and the sum fits into the task."""
    definition = compact.all("aws_ecs_task_definition")["airflow"]
    containers = compact.containers("airflow")

    for process in PROCESSES:
        assert containers[process.name]["cpu"] == process.min_cpu
        assert containers[process.name]["memoryReservation"] == process.min_memory_mib
    assert sum(each.get("cpu", 0) for each in containers.values()) <= int(definition["cpu"])
    assert sum(each.get("memoryReservation", 0) for each in containers.values()) <= int(definition["memory"])


def test_a_process_alone_has_all_of_its_task(split: Template) -> None:
    """A container that is alone in its task reserves nothing."""
    container = split.containers("triggerer")["triggerer"]

    assert not container.keys() & {"cpu", "memoryReservation"}


def test_containers_are_what_the_table_says(split: Template) -> None:
    """Command, ports and stop timeout of each container are those in the table."""
    for process in PROCESSES:
        name = "worker-default" if process is WORKER else process.name
        container = split.containers(name.replace("-", "_"))[process.name]

        assert container["command"] == [*process.command, *(["--queues", "default"] if process is WORKER else [])]
        assert [each["containerPort"] for each in container.get("portMappings", ())] == [
            port for port in (process.port, process.log_port) if port
        ]
        assert container["stopTimeout"] == process.stop_timeout_sec <= 120


def test_only_the_api_servers_task_migrates(split: Template) -> None:
    """Only the task with the api-server migrates the database; the other processes wait for the schema."""
    assert [name for name in split.all("aws_ecs_service") if MIGRATE.name in split.containers(name)] == ["api_server"]
    assert "dependsOn" not in split.containers("worker_default")["worker"]


def test_a_process_that_ends_is_started_again_in_its_task(template: Template) -> None:
    """ECS restarts a process in its task while the other containers run, but not the migration."""
    for name, container in template.all_containers():
        if not name.startswith("dag_tasks_"):
            assert ("restartPolicy" in container) is (container["name"] != MIGRATE.name)


def test_a_process_that_still_starts_hears_sigterm(template: Template) -> None:
    """A process that still starts gets SIGTERM, because it runs below an init process."""
    for name, container in template.all_containers():
        if not name.startswith("dag_tasks_") and container["name"] != MIGRATE.name:
            # Where the code of DAGs runs it is the image's own: ECS's would show that code the container's secrets.
            own = container["name"] in ("dag-processor", "triggerer", "worker")
            assert container.get("linuxParameters") == (None if own else {"initProcessEnabled": True})


def test_a_stages_statements_go_into_the_role_of_the_service() -> None:
    """The permissions of a process are added to its service's role; all processes share one in the compact topology."""
    template = with_other_values("compact")

    assert [name for name, each in template.statements() if each["Resource"] == list(READ_VENDOR["resources"])] == [
        "airflow_task"
    ]
