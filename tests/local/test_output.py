import io
from pathlib import Path

from rich.console import Console

from airflow_on_fargate.local.output import Output


def test_lines_come_with_the_name_of_their_program(tmp_path: Path) -> None:
    """Whole new lines are shown with their program, and their brackets and colours are kept."""
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    first.write_text("old\n")
    written = io.StringIO()
    output = Output({"worker": first, "aws": second}, Console(file=written, width=40))

    with first.open("a") as log:
        log.write("new [bold]\npart")
    second.write_text("begins\n")
    output.show()
    with first.open("a") as log:
        log.write("ly\n")
    output.show()

    assert written.getvalue() == "worker | new [bold]\n   aws | begins\nworker | partly\n"


def test_a_log_that_is_rotated_is_followed(tmp_path: Path) -> None:
    """A rotated log is followed to its end, then the new file."""
    log = tmp_path / "worker.log"
    log.write_text("")
    written = io.StringIO()
    output = Output({"worker": log}, Console(file=written))

    log.write_text("last\n")
    log.rename(tmp_path / "worker.log.1")
    log.write_text("first\n")
    output.show()

    assert written.getvalue() == "worker | last\nworker | first\n"


def test_the_last_lines_come_first_if_they_are_wanted(tmp_path: Path) -> None:
    """The last old lines are shown first if requested, then new ones."""
    log = tmp_path / "worker.log"
    log.write_text("first\nsecond\nthird\n")
    written = io.StringIO()
    output = Output({"worker": log}, Console(file=written), last=2)

    output.show()
    with log.open("a") as file:
        file.write("fourth\n")
    output.show()

    assert written.getvalue() == "worker | second\nworker | third\nworker | fourth\n"
