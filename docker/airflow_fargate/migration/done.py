"""What images have done to the metadata database, in a small table of our own beside Airflow's."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg2

TABLE = "airflow_fargate"


class Done:
    """
    The last thing of each kind that was done to the database of *connection*, which commits by itself.

    Whoever migrates holds a lock, so nobody else reads or writes it meanwhile.
    """

    def __init__(self, connection: "psycopg2.extensions.connection") -> None:
        self._connection = connection
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (name text PRIMARY KEY, value text NOT NULL)")

    def get(self, name: str) -> str | None:
        """Return what was done last, or None."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT value FROM {TABLE} WHERE name = %s", (name,))  # noqa: S608 a constant
            row = cursor.fetchone()
        return row[0] if row else None

    def set(self, name: str, value: str) -> None:
        """Write down what has been done."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {TABLE} VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",  # noqa: S608 a constant
                (name, value),
            )
