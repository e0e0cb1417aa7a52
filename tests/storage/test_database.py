"""Promises of the metadata database."""

import re
from collections.abc import Callable

import pytest

from constructs_lib.shared.worker import other_role
from tests.template import Template, environment, secrets
from tests.variants import DATABASE, variant, with_other_values


def test_it_is_the_settings() -> None:
    """Version, class, storage, backups and zones are those of the settings."""
    template = with_other_values("compact")
    instance = template.one("aws_db_instance")

    assert (instance["engine"], instance["engine_version"], instance["instance_class"]) == (
        "postgres",
        "16",
        "db.m7g.large",
    )
    assert (instance["allocated_storage"], instance["max_allocated_storage"]) == (50, 500)
    assert (instance["multi_az"], instance["backup_retention_period"]) == (True, 7)
    assert template.one("aws_db_parameter_group")["family"] == "postgres16"


def test_a_maximum_that_is_the_storage_is_none() -> None:
    """A maximum equal to the storage is omitted, because RDS refuses it."""
    instance = with_other_values("split").one("aws_db_instance")

    assert "max_allocated_storage" not in instance


def test_the_defaults_keep_backups_for_30_days(compact: Template) -> None:
    """By default the database has backups of 30 days and storage that grows."""
    instance = compact.one("aws_db_instance")

    assert (instance["engine_version"], instance["backup_retention_period"]) == ("17", 30)
    assert instance["max_allocated_storage"] > instance["allocated_storage"]


def test_it_takes_tls_only(compact: Template) -> None:
    """The server refuses connections without TLS."""
    [parameter] = compact.one("aws_db_parameter_group")["parameter"]
    assert (parameter["name"], parameter["value"]) == ("rds.force_ssl", "1")
    assert "${aws_db_parameter_group." in compact.one("aws_db_instance")["parameter_group_name"]


def test_the_password_is_write_only(compact: Template) -> None:
    """The password is a write-only argument."""
    instance = compact.one("aws_db_instance")

    assert instance["password_wo"].startswith("${jsondecode(ephemeral.aws_secretsmanager_secret_version.database.")
    assert instance["password_wo_version"] == 1
    assert "password" not in instance


def test_a_rotated_password_does_not_wait(compact: Template) -> None:
    """A new password is applied at once."""
    rotated = with_other_values("compact")

    assert rotated.one("aws_db_instance")["password_wo_version"] == 6
    assert compact.one("aws_db_instance")["apply_immediately"] is True


def test_minor_versions_come_by_themselves_and_a_major_one_with_the_setting(compact: Template) -> None:
    """Minor versions are automatic, and a major one is allowed."""
    instance = compact.one("aws_db_instance")

    assert instance["engine_version"].isdecimal()
    assert instance["auto_minor_version_upgrade"] is True
    assert instance["allow_major_version_upgrade"] is True


def test_a_small_disk_is_as_fast_as_a_large_one(compact: Template) -> None:
    """The disk is gp3, whose speed does not depend on its size."""
    assert compact.one("aws_db_instance")["storage_type"] == "gp3"


def test_a_snapshot_belongs_to_somebody(compact: Template) -> None:
    """Snapshots have the tags of the instance."""
    assert compact.one("aws_db_instance")["copy_tags_to_snapshot"] is True


def test_only_airflows_services_connect(split: Template) -> None:
    """Only Airflow's services can connect to the database."""
    rules = split.all("aws_vpc_security_group_ingress_rule")
    mine = {name: rule for name, rule in rules.items() if "aws_security_group.database." in rule["security_group_id"]}

    assert mine.keys() == {
        f"database_from_{process}_5432"
        for process in ("api_server", "scheduler", "dag_processor", "triggerer", "worker_default")
    }


def test_no_worker_has_a_secret_of_the_owner(template: Template) -> None:
    """No worker has the owner's secret, and the other processes have no other one."""
    owner = re.compile(r"secret\.database_password\b|secret:team/db-a1B2c3:")
    workers = re.compile(r"secret\.database_worker_password\b")
    for name, container in template.all_containers():
        references = str(secrets(container))
        assert bool(workers.search(references)) is (container["name"] in ("worker", "migrate")), name
        if container["name"] == "worker":
            assert not owner.search(references), name


@pytest.mark.parametrize(
    ("values", "name", "version", "role"),
    [
        (variant, "compact", 1, "airflow-dev-worker-a"),
        (with_other_values, "split", 2, "airflow-prod-worker-b"),
        (with_other_values, "compact", 7, "airflow-dev-worker-a"),
    ],
)
def test_each_password_of_the_workers_belongs_to_the_other_role(
    values: Callable[[str], Template], name: str, version: int, role: str
) -> None:
    """Each version of the workers' password belongs to the other role, with the stage's name."""
    secret = values(name).all("aws_secretsmanager_secret_version")["database_worker_password"]
    value = secret["secret_string_wo"]

    assert secret["secret_string_wo_version"] == version

    assert f'username = "{role}"' in value


@pytest.mark.parametrize(
    ("role", "other"), [("airflow-dev-worker-a", "airflow-dev-worker-b"), ("x-b", "x-a"), ("team", None), ("", None)]
)
def test_a_role_knows_the_one_before(role: str, other: str | None) -> None:
    """The other role is known, and a role with another name has none."""
    assert other_role(role) == other


class TestExisting:
    @pytest.fixture(name="template")
    def _existing(self) -> Template:
        return variant("existing")

    def test_nothing_of_it_is_made(self, template: Template) -> None:
        """With an existing database no instance or secret is created, and its group gets the rules."""
        assert not template.all("aws_db_instance")
        assert "database_password" not in template.all("aws_secretsmanager_secret")
        assert {
            rule["security_group_id"]
            for name, rule in template.all("aws_vpc_security_group_ingress_rule").items()
            if name.startswith("database_from_")
        } == {DATABASE.security_group_id}

    def test_containers_know_its_address(self, template: Template) -> None:
        """Containers have host, port and name as variables, and user and password as references."""
        container = template.containers("scheduler")["scheduler"]
        variables = environment(container)

        assert (variables["DB_HOST"], variables["DB_PORT"], variables["DB_NAME"]) == (DATABASE.host, "5432", "airflow")
        assert secrets(container)["DB_PASSWORD"] == f"{DATABASE.secret_arn}:password::"
        assert secrets(container)["DB_USER"] == f"{DATABASE.secret_arn}:username::"

    def test_a_secret_that_rds_manages_is_looked_up_by_name(self) -> None:
        """A secret with RDS's name is looked up, with any keys."""
        template = with_other_values("existing")
        references = secrets(template.containers("scheduler")["scheduler"])

        looked_up = template.all("aws_secretsmanager_secret", block="data")
        arn = "${data.aws_secretsmanager_secret.database_secrets_username.arn}"

        assert looked_up == {"database_secrets_username": {"name": "rds!db-0a1b"}}
        assert (references["DB_USER"], references["DB_PASSWORD"]) == (f"{arn}:user::", f"{arn}:pw::")

    def test_its_secret_can_be_read(self, template: Template) -> None:
        """The execution role can read the existing secret, and the workers' cannot."""
        for service in template.all("aws_ecs_service"):
            readable = any(
                DATABASE.secret_arn in statement["Resource"]
                for _, statement in template.statements(name=f"{service}_execution")
            )
            assert readable is not service.startswith("worker"), service

    def test_workers_get_a_secret_of_the_stage(self, template: Template) -> None:
        """Workers of an existing database have a secret of the stage."""
        worker = secrets(template.containers("worker_default")["worker"])
        migration = secrets(template.containers("api_server")["migrate"])

        assert "aws_secretsmanager_secret.database_worker_password" in worker["DB_PASSWORD"]
        assert (worker["DB_USER"], worker["DB_PASSWORD"]) == (
            migration["DB_WORKER_USER"],
            migration["DB_WORKER_PASSWORD"],
        )
