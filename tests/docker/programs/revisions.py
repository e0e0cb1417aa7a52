"""Print whether the newest revision of each of Alembic's tables is the one that Alembic finds."""

from airflow_fargate.schema import MIGRATIONS, airflow_folder, revisions
from alembic.script import ScriptDirectory

if __name__ == "__main__":
    for table, migrations in MIGRATIONS.items():
        scripts = ScriptDirectory(str(airflow_folder() / migrations))
        print(table, revisions(migrations)[0] == scripts.get_current_head())  # noqa: T201 the test reads it
