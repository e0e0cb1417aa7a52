"""The program of the task. Airflow shows its output; an exit code other than 0 fails the task."""

import os


def main() -> None:
    """Print the run and the folder of the files that tasks share."""
    run_id = os.environ.get("RUN_ID", "by-hand")
    shared_volume = os.environ.get("SHARED_VOLUME", "/shared-volume")
    print(f"run {run_id}, shared volume {shared_volume}")


if __name__ == "__main__":
    main()
