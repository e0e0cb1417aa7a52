"""Promises of the whole stack: the containers of Airflow's processes and their environment."""

import pytest

from constructs_lib.airflow.environment import SECRETS
from constructs_lib.airflow.environment import environment as environment_of
from constructs_lib.engine.template import resource_names
from constructs_lib.settings.dag_bundles import dag_bundles
from constructs_lib.settings.processes import AUTOSCALER, CORE_PROCESSES, MIGRATE, WORKER
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.variable_names import reason_against
from tests.template import Properties, Template, environment, secrets
from tests.variants import VARIANTS, variant


def airflow_containers(template: Template) -> list[tuple[str, Properties]]:
    """Return the containers of Airflow's services, each with its name."""
    return [
        (container["name"], container)
        for name, container in template.all_containers()
        if not name.startswith("dag_tasks_")
    ]


class TestContainers:
    @pytest.mark.parametrize("name", VARIANTS)
    def test_every_process_runs_once(self, name: str) -> None:
        """Each process and the migration have one container, with a worker for each queue and one autoscaler."""
        names = [name for name, _ in airflow_containers(variant(name))]
        workers = [WORKER.name] * len(VARIANTS[name].queues)
        counting = [AUTOSCALER.name] if VARIANTS[name].worker_pools else []

        assert sorted(names) == sorted(
            [*(process.name for process in CORE_PROCESSES), MIGRATE.name, *workers, *counting]
        )

    @pytest.mark.parametrize("name", VARIANTS)
    def test_the_environment_is_the_functions(self, name: str) -> None:
        """Each container has the variables of `environment()` and otherwise only those of the user."""
        anything = _Anything(VARIANTS[name])
        for process, container in airflow_containers(variant(name)):
            own = {each for each in environment(container) if reason_against(each)}
            assert own == environment_of(process, anything).keys(), process  # type: ignore[arg-type] # replaces values

    def test_secrets_go_where_they_are_needed(self, template: Template) -> None:
        """Each container has the secrets of the table and otherwise only those of the user."""
        for name, container in airflow_containers(template):
            own = {each for each in secrets(container) if reason_against(each)}
            assert own == {variable for variable, _, users in SECRETS if name in users}, name
            assert ("AIRFLOW__API_AUTH__JWT_SECRET" in secrets(container)) is (name in ("api-server", "scheduler"))

    def test_a_task_reads_no_secret_but_its_own(self, split: Template) -> None:
        """An execution role can read only the secrets that its own containers name."""
        for name in split.all("aws_ecs_service"):
            named = {
                resource_names(reference, "aws_secretsmanager_secret")[0]
                for container in split.containers(name).values()
                for reference in secrets(container).values()
            }
            readable = {
                secret
                for _, statement in split.statements(name=f"{name}_execution")
                if statement["Action"] == ["secretsmanager:GetSecretValue"]
                for secret in resource_names(statement["Resource"], "aws_secretsmanager_secret")
            }

            assert readable == named

    def test_health_is_checked_after_a_start_period(self, template: Template) -> None:
        """Each process has a health check with ECS's maximum start period."""
        for name, container in airflow_containers(template):
            if name != MIGRATE.name:
                assert container["healthCheck"]["command"][-1] == name
                assert container["healthCheck"]["startPeriod"] == 300
                assert container["essential"] is True

    def test_the_migration_ends_well_before_the_api_server_starts(self, template: Template) -> None:
        """The api-server waits for the migration to succeed, without a start timeout."""
        for definition in template.all("aws_ecs_task_definition"):
            containers = template.containers(definition)
            if MIGRATE.name in containers:
                assert "api-server" in containers
                assert containers[MIGRATE.name]["essential"] is False
                assert "startTimeout" not in containers[MIGRATE.name]
                for name in containers.keys() - {MIGRATE.name}:
                    assert {"containerName": MIGRATE.name, "condition": "SUCCESS"} in containers[name]["dependsOn"]

    def test_a_worker_beside_the_api_server_stops_before_it(self, compact: Template) -> None:
        """A worker in the api-server's task stops first, so that its tasks can report their end."""
        dependent = {
            name
            for name, container in compact.containers("airflow").items()
            if {"containerName": "api-server", "condition": "START"} in container.get("dependsOn", [])
        }

        assert dependent == {WORKER.name}


class _Anything:
    """A replacement for the values of the environment of *settings* where only the variables' names matter."""

    tls = True
    worker_slots = max_queued = schedulers = 1
    worker_queue = "default"

    def __init__(self, settings: Settings) -> None:
        self.worker_pools = settings.worker_pools
        self.dag_bundles = dag_bundles(settings.dags)
        self.task_tables = [("x", "x")]
        self.dag_buckets = self.git_secrets = dict.fromkeys(self.dag_bundles, "x")

    def __getattr__(self, name: str) -> object:
        return {"queue_urls": {"default": "x"}, "subnet_ids": (), "pool_slots": {"default": 1}}.get(name, "x")
