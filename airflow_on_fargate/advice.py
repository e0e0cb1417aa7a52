"""The commands that messages advise, in the form in which the user runs them: of `airflow-fargate`, or of make."""

from dataclasses import dataclass

PROGRAM_VARIABLE = "AIRFLOW_FARGATE_PROGRAM"
"""The environment variable in which the Makefile says that messages are to advise targets of make."""
TARGETS = {"images push": "push-images", "local up": "local"}
"""Targets of make whose names are not those of the command."""


@dataclass
class Form:
    """The form of the commands: *make* is true in a program that make has started."""

    make: bool = False


FORM = Form()


def advised(command: str, stage: str = "", *, program: str = "", force: bool = False) -> str:
    """Return how to run *command* for a *stage* or for a *program* of the local stack, if it is about one."""
    if FORM.make:
        target = TARGETS.get(command, command.replace(" ", "-"))
        values = {"STAGE": stage, "PROCESS": program, "FORCE": "1" if force else ""}
        return " ".join(["make", target, *(f"{name}={value}" for name, value in values.items() if value)])
    words = ("airflow-fargate", command, stage and f"--stage {stage}", program, "--force" if force else "")
    return " ".join(filter(None, words))


def advised_option(name: str) -> str:
    """Return how to set the option *name*, which has no value."""
    return f"{name.upper().replace('-', '_')}=1" if FORM.make else f"--{name}"
