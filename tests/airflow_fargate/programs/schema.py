"""A worker's start, `python -m tests.airflow_fargate.programs.schema [limit]`, up to where it becomes Airflow."""

import sys
from pathlib import Path
from unittest.mock import patch

import airflow_fargate.__main__ as entrypoint
from airflow_fargate import schema


def revisions() -> dict[str, str]:
    """Return the newest revision of each table; Airflow must not be loaded for that."""
    found = {table: schema.revisions(folder)[0] for table, folder in schema.MIGRATIONS.items()}
    assert "airflow" not in sys.modules
    return found


def wait_without_airflow() -> None:
    """Wait for the database in an image where Airflow is not installed."""
    with patch.dict(sys.modules, {"airflow": None}):
        schema.wait_for_schema()


def alembics_revisions() -> dict[str, str | None]:
    """Return the same as Alembic finds it."""
    import airflow  # noqa: PLC0415 `revisions` needs none
    from alembic.script import ScriptDirectory  # noqa: PLC0415 as above

    folder = Path(airflow.__file__).parent
    return {
        table: ScriptDirectory(str(folder / migrations)).get_current_head()
        for table, migrations in schema.MIGRATIONS.items()
    }


if __name__ == "__main__":
    if sys.argv[1:]:
        schema.wait_for_schema.__defaults__ = (float(sys.argv[1]), 0.1)
    with patch("os.execvp", lambda *_: print("started")):  # noqa: T201 the test reads it
        entrypoint.main(["airflow", "celery", "worker"])
