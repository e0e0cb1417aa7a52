from pathlib import Path

from constructs_lib.settings.task_settings import TaskSettings
from tests.airflow_fargate.container import called


def settings_of(task: str, tasks: Path) -> dict[str, object]:
    """Return the settings of *task*, or the sentence with which it is refused."""
    found: dict[str, object] = called("stage.settings_of", task, AIRFLOW_FARGATE_TASKS_FOLDER=str(tasks))
    return found


def test_what_a_task_toml_does_not_say_is_what_its_task_definition_has(tmp_path: Path) -> None:
    """The values of a `task.toml` override the stack's defaults."""
    (tmp_path / "plain").mkdir()
    (tmp_path / "cheap").mkdir()
    (tmp_path / "cheap/task.toml").write_text('capacity = "FARGATE_SPOT"\ncpu = 512\nmemory_mib = 2048\n')

    assert settings_of("plain", tmp_path) == TaskSettings().model_dump(include={"capacity", "cpu", "memory_mib"})
    assert settings_of("cheap", tmp_path) == {"capacity": "FARGATE_SPOT", "cpu": 512, "memory_mib": 2048}


def test_a_name_without_a_folder_is_refused(tmp_path: Path) -> None:
    """A name without a folder is refused with the most similar folder, or with all."""
    assert settings_of("x", tmp_path) == {"refused": "task='x' is not a folder of tasks/; the folders are none"}
    (tmp_path / "multi_task").mkdir()

    near = "task='multitask' is not a folder of tasks/; did you mean 'multi_task'?"
    assert settings_of("multitask", tmp_path) == {"refused": near}
    assert settings_of("x", tmp_path) == {"refused": "task='x' is not a folder of tasks/; the folders are multi_task"}
