"""What is made once: secrets, and the database whose password one of them is."""

import base64
from typing import Any

import pytest

from constructs_lib.settings.secret import KeyVersions
from constructs_lib.settings.settings import Settings
from tests.terraform.deployment import Deploy, Deployment

pytestmark = pytest.mark.terraform

DEV = Settings(stage="dev")
SECRET = "aws_secretsmanager_secret_version.database_password"
ALL = {"api_server", "dag_processor", "scheduler", "triggerer", "worker_default"}
# The api-server's task has the container that migrates the database and makes the admin user.
USERS = {
    "fernet": ALL - {"worker_default"},
    "jwt": {"api_server", "scheduler"},
    "api": {"api_server", "triggerer", "worker_default"},
    "database": ALL - {"worker_default"},
    # And the role of the workers.
    "database_worker": {"api_server", "worker_default"},
    "admin": {"api_server"},
}
VERSIONS = {"database": SECRET, "database_worker": "aws_secretsmanager_secret_version.database_worker_password"} | {
    key: f"aws_secretsmanager_secret_version.keys_{key}" for key in ("fernet", "jwt", "api", "admin")
}


@pytest.fixture(name="split", scope="module")
def _split(deploy: Deploy) -> Deployment:
    """Apply a stage with a service for each process, for tests that only look at it."""
    deployment = deploy(Settings(stage="split", topology="split"))
    deployment.apply()
    return deployment


def _rotated(settings: Settings, key: str) -> Settings:
    return settings.model_copy(update={"key_versions": KeyVersions(**{key: 2})})


def _changes(plan: dict[str, Any]) -> dict[str, str]:
    """Return what a plan changes: `replace`, `update`, `create` or `delete` by address."""
    changes = {each["address"]: each["change"]["actions"] for each in plan["resource_changes"]}
    return {
        address: "replace" if len(actions) == 2 else actions[0]
        for address, actions in changes.items()
        if actions not in (["no-op"], ["read"])
    }


class TestPassword:
    def test_agrees_after_the_secret_alone_was_applied(self, deploy: Deploy) -> None:
        """The database has the stored password after a targeted apply of the secret."""
        dev = deploy(DEV)
        dev.apply(f"-target={SECRET}")
        stored = dev.cloud.secrets()["airflow-dev/database"]
        dev.apply()

        assert stored == dev.cloud.secrets()["airflow-dev/database"] == dev.cloud.database_password()

    def test_agrees_after_an_apply_that_failed_at_the_database(self, deploy: Deploy) -> None:
        """The database has the stored password after an apply that failed at the database."""
        dev = deploy(DEV)
        other = dev.cloud.add("aws_db_instance", identifier="airflow-dev", region="us-east-1")
        failed = dev.try_apply()
        stored = dev.cloud.secrets()["airflow-dev/database"]
        other.unlink()
        dev.apply()

        assert failed.returncode == 1
        assert "Already exists" in failed.stdout
        assert stored == dev.cloud.secrets()["airflow-dev/database"] == dev.cloud.database_password()

    def test_agrees_after_a_rotation_in_two_steps(self, deploy: Deploy) -> None:
        """The database has the stored password after a rotation in two applies."""
        # In one step it would be chance: the stand-in returns any live version, whatever the `version_id`, and
        # while the database changes there are two.
        dev = deploy(DEV)
        dev.apply("-target=aws_db_instance.database")
        first = dev.cloud.database_password()
        dev.compose(_rotated(dev.settings, "database"))
        dev.apply(f"-target={SECRET}")
        between = dev.cloud.secrets()["airflow-dev/database"]
        dev.apply("-target=aws_db_instance.database")

        assert first != between
        assert between == dev.cloud.secrets()["airflow-dev/database"] == dev.cloud.database_password()


class TestValues:
    def test_the_fernet_key_is_valid(self, split: Deployment) -> None:
        """The Fernet key is 32 bytes in URL-safe base64."""
        key = split.cloud.secrets()["airflow-split/fernet-key"]

        assert len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32

    def test_no_two_secrets_have_one_value(self, split: Deployment) -> None:
        """No two secrets have the same value, and each is long."""
        values = split.cloud.secrets().values()

        assert len(set(values)) == len(values) == len(USERS)
        assert min(map(len, values)) >= 32


class TestRotation:
    @pytest.mark.parametrize("key", USERS)
    def test_restarts_what_uses_the_secret_and_nothing_else(self, split: Deployment, deploy: Deploy, key: str) -> None:
        """A higher key version restarts only the services that use the secret."""
        settings = split.settings
        bumped = deploy(_rotated(settings, key), cloud=split.cloud, bucket=str(settings.state_bucket))

        expected = {VERSIONS[key]: "replace"}
        expected |= {f"aws_ecs_task_definition.{user}": "replace" for user in USERS[key]}
        expected |= {f"aws_ecs_service.{user}": "update" for user in USERS[key]}
        expected |= {"aws_db_instance.database": "update"} if key == "database" else {}
        assert _changes(bumped.plan()) == expected

    def test_gives_one_new_value(self, deploy: Deploy) -> None:
        """A higher key version changes one value, and the next plan is empty."""
        dev = deploy(DEV)
        dev.apply()
        before = dev.cloud.secrets()
        dev.compose(_rotated(dev.settings, "jwt"))
        dev.apply()
        after = dev.cloud.secrets()

        assert [name for name in before if before[name] != after[name]] == ["airflow-dev/jwt-secret"]
        assert _changes(dev.plan()) == {}
