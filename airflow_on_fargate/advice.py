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


def advised(
    command: str,
    stage: str = "",
    *,
    program: str = "",
    force: bool = False,
    bundle: str = "",
    local: bool = False,
    words: str = "",
) -> str:
    """
    Return how to run *command* for a *stage*, a *bundle*, or a *program* of the local stack, if it is about one.

    *words* are for Airflow's CLI.
    """
    if FORM.make:
        target = TARGETS.get(command, command.replace(" ", "-"))
        switches = {"FORCE": "1" if force else "", "LOCAL": "1" if local else ""}
        values = {"STAGE": stage, "PROCESS": program, "BUNDLE": bundle, **switches}
        values["ARGS"] = words and f'"{words}"'
        return " ".join(["make", target, *(f"{name}={value}" for name, value in values.items() if value)])
    options = (stage and f"--stage {stage}", program, "--force" if force else "", bundle and f"--bundle {bundle}")
    return " ".join(filter(None, ("airflow-fargate", command, *options, "--local" if local else "", words)))


def advised_option(name: str) -> str:
    """Return how to set the option *name*, which has no value."""
    return f"{name.upper().replace('-', '_')}=1" if FORM.make else f"--{name}"
