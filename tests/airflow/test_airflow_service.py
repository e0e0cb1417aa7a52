"""Promises of one or several of Airflow's processes as a service."""

from constructs_lib.settings.processes import CORE_PROCESSES, MIGRATE, PROCESSES, WORKER
from tests.template import Template
from tests.variants import changed


def test_a_process_alone_has_the_size_of_its_row(split: Template) -> None:
    """The table of processes says how large each is."""
    for process in CORE_PROCESSES:
        definition = split.all("aws_ecs_task_definition")[process.name.replace("-", "_")]

        assert (definition["cpu"], definition["memory"]) == (str(process.cpu), str(process.memory_mib))


def test_a_stage_may_say_another_size() -> None:
    """For one process; the others stay."""
    template = changed("split", processes={"triggerer": {"size": {"cpu": 4096, "memory_mib": 8192}}})
    definitions = template.all("aws_ecs_task_definition")

    assert (definitions["triggerer"]["cpu"], definitions["triggerer"]["memory"]) == ("4096", "8192")
    assert definitions["scheduler"]["cpu"] == "512"


def test_processes_that_share_a_task_are_sure_of_their_part(compact: Template) -> None:
    """Each reserves its minimum, and the sum fits into the task."""
    definition = compact.all("aws_ecs_task_definition")["airflow"]
    containers = compact.containers("airflow")

    for process in PROCESSES:
        assert containers[process.name]["cpu"] == process.min_cpu
        assert containers[process.name]["memoryReservation"] == process.min_memory_mib
    assert sum(each.get("cpu", 0) for each in containers.values()) <= int(definition["cpu"])
    assert sum(each.get("memoryReservation", 0) for each in containers.values()) <= int(definition["memory"])


def test_a_process_alone_has_all_of_its_task(split: Template) -> None:
    """A container that has the task for itself reserves nothing."""
    container = split.containers("triggerer")["triggerer"]

    assert not container.keys() & {"cpu", "memoryReservation"}


def test_containers_are_what_the_table_says(split: Template) -> None:
    """Command, ports, and the time to stop."""
    for process in PROCESSES:
        name = "worker-default" if process is WORKER else process.name
        container = split.containers(name.replace("-", "_"))[process.name]

        assert container["command"] == [*process.command, *(["--queues", "default"] if process is WORKER else [])]
        assert [each["containerPort"] for each in container.get("portMappings", ())] == [
            port for port in (process.port, process.log_port) if port
        ]
        assert container["stopTimeout"] == process.stop_timeout_sec <= 120


def test_only_the_api_servers_task_migrates(split: Template) -> None:
    """The others wait until the schema fits, by themselves."""
    assert [name for name in split.all("aws_ecs_service") if MIGRATE.name in split.containers(name)] == ["api_server"]
    assert "dependsOn" not in split.containers("worker_default")["worker"]


def test_a_process_that_ends_is_started_again_in_its_task(template: Template) -> None:
    """The other containers of the task keep running; the migration runs once."""
    for name, container in template.all_containers():
        if not name.startswith("dag_tasks_"):
            assert ("restartPolicy" in container) is (container["name"] != MIGRATE.name)


def test_a_process_that_still_starts_hears_sigterm(template: Template) -> None:
    """An init process stands before it: Linux keeps from process 1 each signal that it does not handle."""
    for name, container in template.all_containers():
        if not name.startswith("dag_tasks_") and container["name"] != MIGRATE.name:
            # Where the code of DAGs runs it is the image's own: ECS's would show that code the container's secrets.
            own = container["name"] in ("dag-processor", "triggerer", "worker")
            assert container.get("linuxParameters") == (None if own else {"initProcessEnabled": True})


def test_a_stages_statements_go_into_the_role_of_the_service() -> None:
    """In the compact topology that is the role of all."""
    reading = {"actions": ("s3:GetObject",), "resources": ("arn:aws:s3:::vendor/*",)}
    template = changed("compact", processes={"worker": {"permissions": (reading,)}})

    assert [name for name, each in template.statements() if each["Resource"] == ["arn:aws:s3:::vendor/*"]] == [
        "airflow_task"
    ]
