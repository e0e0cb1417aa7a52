"""Print the user and its group, and what this user can write or move of the code."""

import os
from pathlib import Path

LOGS = Path("/opt/airflow/logs")

if __name__ == "__main__":
    print(os.getuid(), os.getgid())  # noqa: T201 the test reads it
    code = [Path("/opt/venv"), *(each for each in LOGS.parent.iterdir() if each != LOGS)]
    for path in (each for folder in code for each in (folder, *folder.rglob("*"))):
        if os.access(path, os.W_OK):
            print("written", path)  # noqa: T201 as above
    for folder in code:
        try:
            folder.rename(folder.with_name("moved"))
        except PermissionError:
            continue
        print("moved", folder)  # noqa: T201 as above
    (LOGS / "task.log").touch()
