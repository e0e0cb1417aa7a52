"""
Run main.py, which the user writes, in a process of its own: `python -m airflow_on_fargate.main_file`.

Node then ends before anything else starts, and an error is one sentence. `python main.py` shows its traceback.
"""

from __future__ import annotations

import runpy
import signal
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "main.py"
MANIFEST = "manifest.json"
"""The file that the engine writes last, each time."""


def command(project: Path) -> list[str]:
    """
    Return the command that runs main.py of the folder *project*, to be started in that folder.

    Raises:
        BadInputError: there is no such file.

    """
    if not (project / FILE).is_file():
        from airflow_on_fargate.stages_file import FILE as STAGES  # noqa: PLC0415 imports pydantic
        from airflow_on_fargate.stages_file import NO_PROJECT  # noqa: PLC0415 as above
        from constructs_lib.shared.bad_input import BadInputError  # noqa: PLC0415 as above

        msg = f"{FILE} is missing beside {STAGES}; a new project has one" if (project / STAGES).exists() else NO_PROJECT
        raise BadInputError(msg)
    return [sys.executable, "-m", "airflow_on_fargate.main_file"]


@contextmanager
def must_write(output: Path) -> Iterator[None]:
    """
    Refuse a main.py that does not write the JSON in the folder *output*: what is there is that of an earlier run.

    Raises:
        BadInputError: the file that every run writes is as old as before.

    """
    before = _time(output / MANIFEST)
    yield
    if _time(output / MANIFEST) == before:
        from constructs_lib.shared.bad_input import BadInputError  # noqa: PLC0415 imports pydantic

        msg = (
            f"{FILE} has written nothing to {output}; it must call run() of airflow_on_fargate.program, or write"
            " the stacks of its own App there"
        )
        raise BadInputError(msg)


def _time(file: Path) -> int | None:
    """Return when *file* was written, in nanoseconds; None if it does not exist."""
    return file.stat().st_mtime_ns if file.exists() else None


def main() -> None:
    """Run main.py of the current folder as a program; an error in it is one sentence and exit code 1."""
    project = Path.cwd()
    # As `python main.py` has it.
    sys.argv = [FILE]
    try:
        runpy.run_path(str(project / FILE), run_name="__main__")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        if sentence := _sentence(error, project):
            sys.exit(f"error: {sentence}")
        raise


def _sentence(error: Exception, project: Path) -> str | None:
    """Return the sentence about *error*, or None for a fault of this package, which needs its traceback."""
    from airflow_on_fargate.one_sentence import sentence_of  # noqa: PLC0415 imports pydantic
    from constructs_lib.shared.bad_input import BadInputError  # noqa: PLC0415 as above

    if sentence := sentence_of(error):
        return sentence
    if isinstance(error, SyntaxError) and _is_users(str(error.filename), project):
        place = f"{_name(str(error.filename), project)}, line {error.lineno},"
        return str(BadInputError(f"{place} is not valid Python: {error.msg}"))
    frames = traceback.extract_tb(error.__traceback__)
    users = [index for index, frame in enumerate(frames) if _is_users(frame.filename, project)]
    if not users or _is_of_run(frames[users[-1] + 1 :]):
        return None
    frame = frames[users[-1]]
    message = " ".join(str(error).split())
    return str(
        BadInputError(
            f"{_name(frame.filename, project)}, line {frame.lineno}, raises {type(error).__name__}:"
            f" {message or 'no message'}; python {FILE} shows its traceback"
        )
    )


def _is_users(file: str, project: Path) -> bool:
    """Whether *file* is one of the user's own: in the project, and neither in this package nor in its environment."""
    path = Path(file)
    ours = (Path(__file__).parent, Path(__file__).parents[1] / "constructs_lib", Path(sys.prefix))
    return path.is_relative_to(project) and not any(path.is_relative_to(each) for each in ours)


def _is_of_run(inner: traceback.StackSummary | list[traceback.FrameSummary]) -> bool:
    """Whether the user's code has only called `run` of this package, in which these *inner* frames are."""
    return bool(inner) and Path(inner[0].filename) == Path(__file__).with_name("program.py")


def _name(file: str, project: Path) -> str:
    return Path(file).relative_to(project).as_posix()


if __name__ == "__main__":
    main()
