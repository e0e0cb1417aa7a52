"""Promises of the sample tasks, run as plain Python."""

import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.settings.task_folder import TaskFolder, find_task_folders

TASKS = Path(__file__).parent.parent / "tasks"
RUN_ID = "manual__2025-01-01T00:00:00+00:00"


class Volume:
    """A folder in place of the shared volume, and the tasks that write to it."""

    def __init__(self, path: Path, run_id: str = RUN_ID) -> None:
        self.path = path
        self.run_id = run_id

    def run(self, task: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run *command* as the task's container does."""
        return subprocess.run(
            [sys.executable, "-B", *command],
            cwd=TASKS / task,
            env={"SHARED_VOLUME": str(self.path), "RUN_ID": self.run_id},
            capture_output=True,
            text=True,
            check=False,
        )

    def odd(self, bound: int = 10) -> subprocess.CompletedProcess[str]:
        """Run the first job of multi_task."""
        return self.run("multi_task", "odd_numbers.py", str(bound))

    def even(self, bound: int = 10) -> subprocess.CompletedProcess[str]:
        """Run the second job of multi_task."""
        return self.run("multi_task", "even_numbers.py", str(bound))

    def join(self) -> subprocess.CompletedProcess[str]:
        """Run number_task."""
        return self.run("number_task", "join_numbers.py")

    @property
    def folder(self) -> Path:
        """The only run's folder."""
        [folder] = self.path.iterdir()
        return folder

    @property
    def files(self) -> list[str]:
        """All files on the volume, below their run's folder."""
        return sorted(str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file())


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    """Return an empty volume."""
    return Volume(tmp_path)


@pytest.mark.programs
def test_the_three_jobs_make_all_numbers(volume: Volume) -> None:
    """The three sample programs compute one sorted list and remove the parts."""
    assert volume.odd().stdout == "odd: [1, 3, 5, 7, 9]\n"
    assert volume.even().stdout == "even: [2, 4, 6, 8, 10]\n"
    assert volume.join().stdout == f"numbers: {list(range(1, 11))}\n"

    assert volume.files == ["numbers.txt"]
    assert [child.name for child in volume.folder.iterdir()] == ["numbers.txt"]


@pytest.mark.programs
def test_each_job_can_be_retried(volume: Volume) -> None:
    """Each sample program can run twice with the same result."""
    for job in (volume.odd, volume.odd, volume.even, volume.even, volume.join):
        assert job().returncode == 0
    again = volume.join()

    assert again.returncode == 0
    assert again.stdout == f"numbers: {list(range(1, 11))}\n"


@pytest.mark.programs
def test_a_join_that_was_cut_off_while_cleaning_up_can_be_retried(volume: Volume) -> None:
    """An interrupted join can be retried."""
    volume.odd()
    volume.even()
    volume.join()
    (volume.folder / "parts-joined").mkdir()
    (volume.folder / "parts-joined" / "even.txt").touch()

    again = volume.join()

    assert again.stdout == f"numbers: {list(range(1, 11))}\n"
    assert volume.files == ["numbers.txt"]


@pytest.mark.programs
def test_a_run_that_is_done_again_gives_its_new_numbers(volume: Volume) -> None:
    """A repeated run replaces its earlier result."""
    volume.odd()
    volume.even()
    volume.join()
    volume.odd(4)
    volume.even(4)

    assert volume.join().stdout == "numbers: [1, 2, 3, 4]\n"


@pytest.mark.programs
def test_a_missing_part_is_reported(volume: Volume) -> None:
    """A missing part fails the join with its name, and the other part is kept."""
    volume.odd()

    join = volume.join()

    assert join.returncode == 1
    assert "lacks even.txt: the task that writes it must run first" in join.stderr
    assert "Traceback" not in join.stderr
    assert volume.files == ["parts/odd.txt"]


@pytest.mark.programs
def test_half_a_run_done_again_is_not_taken_for_the_whole(volume: Volume) -> None:
    """A run with only one new part fails instead of using the earlier result."""
    volume.odd()
    volume.even()
    volume.join()
    volume.odd(4)

    assert "lacks even.txt" in volume.join().stderr


@pytest.mark.programs
@pytest.mark.parametrize(
    "other", ["manual__2025-01-01T00:00:00-00:00", "manual__2025-01-01T00_00_00_00_00", "..", "a/b"]
)
def test_runs_do_not_meet(tmp_path: Path, other: str) -> None:
    """Each run has its own folder, whatever its id."""
    Volume(tmp_path).odd()
    Volume(tmp_path, other).odd(2)

    assert len(list(tmp_path.iterdir())) == 2
    assert len(list(tmp_path.glob("*/parts/odd.txt"))) == 2


@pytest.mark.programs
def test_a_bound_that_is_no_number_is_refused(volume: Volume) -> None:
    """A bound that is not a number is refused, and nothing is written."""
    job = volume.run("multi_task", "odd_numbers.py", "ten")

    assert job.returncode == 2
    assert "invalid int value: 'ten'" in job.stderr
    assert list(volume.path.iterdir()) == []


def test_sizes_of_the_samples() -> None:
    """The samples have two different sizes."""
    sizes = {
        folder.name: (folder.settings.cpu, folder.settings.memory_mib)
        for folder in find_task_folders(TASKS, stage="prod")
    }

    assert sizes["multi_task"] == (512, 1024)
    assert sizes["number_task"] == (256, 512)


@pytest.mark.parametrize("folder", find_task_folders(TASKS, stage="prod"), ids=lambda folder: folder.name)
def test_every_script_named_in_a_command_is_there(folder: TaskFolder) -> None:
    """Every script in a task.toml's command exists."""
    scripts = [word for word in folder.settings.command if word.endswith(".py")]

    assert [script for script in scripts if not (folder.path / script).is_file()] == []
