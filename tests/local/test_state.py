from pathlib import Path

from airflow_on_fargate.local.state import State


def test_others_lose_the_rights_that_an_older_version_left_them(tmp_path: Path) -> None:
    """Only the owner reads the folder."""
    state = State(tmp_path / "state")
    state.folder.mkdir(mode=0o755)

    state.make()

    assert state.folder.stat().st_mode & 0o777 == 0o700
