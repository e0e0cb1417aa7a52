"""What the program git gets of the process that runs it, and how long that waits."""

from pathlib import Path

from airflow_fargate.dag_bundles import git_remote, s3_objects
from airflow_fargate.dag_bundles.git_remote import GitRemote, MissingError


def look(folder: str) -> str:
    """Return how a look ends, with a git that answers nothing."""
    try:
        return GitRemote("https://git.example.com/team/dags.git", Path(folder, "store")).find("main")
    except MissingError as error:
        return str(error)


def limits() -> list[float]:
    """Return the seconds of a look, those of a task that tries again, and the packs of a store."""
    return [git_remote.LOOK_SEC, s3_objects.PATIENCE_SEC, git_remote.MAX_PACKS]
