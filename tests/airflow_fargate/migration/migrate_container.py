"""A stage's `migrate` container, run on a real PostgreSQL."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from werkzeug.security import check_password_hash

from airflow_on_fargate.local.database import Database
from constructs_lib.airflow.environment import environment
from tests.airflow.test_environment import STAGE
from tests.airflow_fargate.container import environment_with, run
from tests.airflow_fargate.postgresql import migration_variables, query

AUTH_MANAGER = {key: value for key, value in environment("migrate", STAGE).items() if "AUTH_MANAGER" in key}
MIGRATE = [sys.executable, "-m", "airflow_fargate", "migrate"]


@dataclass(frozen=True)
class Stage:
    """A stage's database, and the variables of its `migrate` container."""

    database: Database
    home: Path

    def start(self, *, password: str, version: str, **more: str) -> tuple["subprocess.Popen[str]", Path]:
        """Start the container, with its output in the file, because a pipe without a reader would block it."""
        container_variables = migration_variables(self.database) | AUTH_MANAGER | {"AIRFLOW_HOME": str(self.home)}
        container_variables |= {"AIRFLOW_ADMIN_PASSWORD": password, "AIRFLOW_ADMIN_PASSWORD_VERSION": version}
        printed = Path(tempfile.mkstemp(dir=self.home)[1])
        with printed.open("w") as file:
            container = subprocess.Popen(
                MIGRATE,
                env=environment_with(container_variables | more),
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return container, printed

    def migrate(self, *, password: str, version: str, **more: str) -> str:
        """Run the container, which must succeed, and return its output."""
        container, printed = self.start(password=password, version=version, **more)
        assert container.wait(timeout=120) == 0, printed.read_text()
        return printed.read_text()

    def create_admin(self, **more: str) -> tuple[int, str]:
        """Create the admin user as the container does; return the exit code, and what was printed."""
        container_variables = {
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW_ADMIN_PASSWORD": "p",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.database.url,
        }
        ended = run("-m", "airflow_fargate.migration.migrate", **(AUTH_MANAGER | container_variables | more))
        return ended.returncode, ended.stdout + ended.stderr

    def admin_has(self, password: str) -> bool:
        """Whether *password* opens the UI for the admin user, of whom there is one."""
        [(stored,)] = query(self.database, "SELECT password FROM ab_user WHERE username = 'admin'")
        return check_password_hash(stored, password)
