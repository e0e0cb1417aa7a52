from pathlib import Path

from airflow_on_fargate.local.state import State


def test_others_lose_the_rights_that_an_older_version_left_them(tmp_path: Path) -> None:
    """Only the owner reads the folder."""
    state = State(tmp_path / "state")
    state.folder.mkdir(mode=0o755)

    state.make()

    assert state.folder.stat().st_mode & 0o777 == 0o700


def test_processes_can_import_what_the_image_has(tmp_path: Path) -> None:
    """Processes find the product's code and nothing else of the library; a link to an older place is replaced."""
    state = State(tmp_path)
    old = state.library / "constructs_lib/shared"
    old.parent.mkdir(parents=True)
    old.symlink_to(tmp_path / "moved")

    state.make()
    state.make()

    assert (state.library / "airflow_fargate/__main__.py").is_file()
    assert (state.library / "airflow_fargate-1.dist-info/entry_points.txt").is_file()
    assert (state.library / "constructs_lib/shared/worker.py").is_file()
    assert sorted(each.name for each in (state.library / "constructs_lib").iterdir()) == ["__init__.py", "shared"]
