import io
from pathlib import Path

from rich.console import Console

from airflow_on_fargate.local.output import Output


def test_lines_come_with_the_name_of_their_program(tmp_path: Path) -> None:
    """Only whole lines, and only new ones; brackets and colours of the program stay what they are."""
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
    """The end of the old file, then the new one."""
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
    """Of what was there before, then what is new."""
    log = tmp_path / "worker.log"
    log.write_text("first\nsecond\nthird\n")
    written = io.StringIO()
    output = Output({"worker": log}, Console(file=written), last=2)

    output.show()
    with log.open("a") as file:
        file.write("fourth\n")
    output.show()

    assert written.getvalue() == "worker | second\nworker | third\nworker | fourth\n"
