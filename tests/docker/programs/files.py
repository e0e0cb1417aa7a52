"""Print the files in Airflow's folder."""

from pathlib import Path

HOME = Path("/opt/airflow")

if __name__ == "__main__":
    for each in sorted(HOME.rglob("*")):
        if each.is_file():
            print(each.relative_to(HOME))  # noqa: T201 the test reads it
