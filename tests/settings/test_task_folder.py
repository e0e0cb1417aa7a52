"""Promises of how the sub-folders of tasks/ are found."""

from pathlib import Path

import pytest

from constructs_lib.settings.task_folder import RESERVED, check_task_name, find_task_folders
from constructs_lib.shared.bad_input import BadInputError


def add(tasks: Path, name: str, settings: str = "") -> Path:
    """Make a task folder that can be built."""
    folder = tasks / name
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "task.toml").write_text(settings)
    return folder


def test_folders_come_sorted_with_their_settings(tmp_path: Path) -> None:
    """Task folders are sorted and have their settings and their name on AWS."""
    add(tmp_path, "number_task")
    folder = add(tmp_path, "multi_task", "cpu = 512\nmemory_mib = 1024")

    first, second = find_task_folders(tmp_path, stage="dev")

    assert (first.name, first.aws_name, first.path, first.settings.cpu) == ("multi_task", "multi-task", folder, 512)
    assert (second.name, second.settings.cpu) == ("number_task", 256)


def test_what_is_no_task_is_passed_over(tmp_path: Path) -> None:
    """Files, hidden folders and caches are not task folders."""
    (tmp_path / "README.md").touch()
    (tmp_path / ".idea").mkdir()
    (tmp_path / "__pycache__").mkdir()

    assert find_task_folders(tmp_path, stage="dev") == ()
    assert find_task_folders(tmp_path / "absent", stage="dev") == ()


def test_a_folder_without_dockerfile_is_refused(tmp_path: Path) -> None:
    """A folder without a Dockerfile is refused with its name."""
    (tmp_path / "x").mkdir()

    with pytest.raises(BadInputError, match="tasks/x has no Dockerfile"):
        find_task_folders(tmp_path, stage="dev")


def test_two_folders_of_one_name_on_aws_are_refused(tmp_path: Path) -> None:
    """Two folders with the same name on AWS are refused."""
    add(tmp_path, "a_b")
    add(tmp_path, "a-b")

    with pytest.raises(BadInputError, match="tasks/a-b and tasks/a_b are both named a-b on AWS"):
        find_task_folders(tmp_path, stage="dev")


def test_the_refusal_of_wrong_settings_names_the_folder(tmp_path: Path) -> None:
    """Wrong settings are refused with the task.toml that has them."""
    add(tmp_path, "a")
    add(tmp_path, "b", "cpus = 1")

    with pytest.raises(BadInputError, match=r"tasks/b/task\.toml: cpus is unknown; did you mean 'cpu'\?"):
        find_task_folders(tmp_path, stage="dev")


@pytest.mark.parametrize("name", ["A", "a b", "1a", "a__b", "a_", "-a", "a.b", "tâche", "a\n"])
def test_names_that_aws_refuses_are_refused(name: str) -> None:
    """A name that ECS, ECR or IAM would refuse is refused."""
    with pytest.raises(BadInputError, match="must be lower-case letters and digits"):
        check_task_name(name, stage="dev")


def test_a_name_is_no_token_of_the_engine() -> None:
    """A name that contains a token of the engine is refused."""
    with pytest.raises(BadInputError, match=r"^tasks/a-82e297: a task's name must not contain '-82e297', which"):
        check_task_name("a-82e297", stage="dev")


@pytest.mark.parametrize("name", sorted(RESERVED | {name.replace("-", "_") for name in RESERVED}))
def test_names_of_the_stack_are_reserved(name: str) -> None:
    """Names of Airflow's containers are refused, in both spellings."""
    with pytest.raises(BadInputError, match=f"tasks/{name}: the name is reserved"):
        check_task_name(name, stage="dev")


def test_a_name_leaves_room_for_its_role() -> None:
    """The longest allowed name makes a role's name of 64 characters."""
    longest = "a" * 42
    check_task_name(longest, stage="dev")

    assert len(f"airflow-dev-{longest}-execution") == 64
    with pytest.raises(BadInputError, match="42 characters or fewer in stage 'dev'"):
        check_task_name(longest + "a", stage="dev")
    with pytest.raises(BadInputError, match="41 characters or fewer in stage 'prod'"):
        check_task_name(longest, stage="prod")


class TestAdditionalFolders:
    """Use further folders of the project in a task's image."""

    def test_a_folder_of_the_project_is_taken(self, tmp_path: Path) -> None:
        """A folder of the project is accepted, also another task's."""
        (tmp_path / "tasks").mkdir()
        add(tmp_path / "tasks", "other")
        add(tmp_path / "tasks", "x", "additional_folders = ['libs/common', 'tasks/other']")
        (tmp_path / "libs/common").mkdir(parents=True)

        _, found = find_task_folders(tmp_path / "tasks", stage="dev")

        assert found.settings.additional_folders == ("libs/common", "tasks/other")

    @pytest.mark.parametrize(
        ("folder", "sentence"),
        [
            ("common", "must name folders of the project, got 'common', which is not one"),
            ("file", "must name folders of the project, got 'file', which is not one"),
            ("link", "must name folders, not symbolic links to folders, got 'link'"),
            ("link/common", "must name folders, not symbolic links to folders, got 'link/common'"),
            ("tasks", "must not contain the task's own folder or a part of it, got 'tasks'"),
            ("tasks/x", "must not contain the task's own folder or a part of it, got 'tasks/x'"),
            ("tasks/x/own", "must not contain the task's own folder or a part of it, got 'tasks/x/own'"),
            (
                "own/common",
                "must not contain 'own/common', because tasks/x/own has the same path in the build; rename one of them",
            ),
        ],
    )
    def test_another_is_refused(self, tmp_path: Path, folder: str, sentence: str) -> None:
        """A folder outside the project, or with a name that Docker cannot use, is refused."""
        (tmp_path / "tasks/x/own").mkdir(parents=True)
        (tmp_path / "own/common").mkdir(parents=True)
        (tmp_path / "file").touch()
        (tmp_path / "link").symlink_to("libs")
        (tmp_path / "tasks/x/Dockerfile").write_text("FROM scratch\n")
        (tmp_path / "tasks/x/task.toml").write_text(f"additional_folders = ['{folder}']")
        (tmp_path / "libs/common").mkdir(parents=True)

        with pytest.raises(BadInputError) as refused:
            find_task_folders(tmp_path / "tasks", stage="dev")

        assert str(refused.value) == f"tasks/x/task.toml: additional_folders {sentence}"
