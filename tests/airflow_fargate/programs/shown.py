"""Print the id of this process and the URL of the database."""

import os

if __name__ == "__main__":
    print(os.getpid(), os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])  # noqa: T201 the test reads it
