"""The page docs/changes.md: what each change of a live stage does, as the tests measure it."""

import fcntl
import os
import re
import tempfile
from pathlib import Path

from tests.terraform.changes import NOT_CHANGED, WALKS, Step, steps

PAGE = Path(__file__).parents[2] / "docs" / "changes.md"
INTRODUCTION = """\
# Changes of a live stage

What `make deploy` does when you change a setting of a live stage. Tests in `tests/terraform` apply the old value and
then the new one with Terraform, to a stand-in for AWS, and check that the next plan is empty. They write this page
(`WRITE_CHANGES=1`). "New revisions of task definitions" start new tasks, with a rolling update. "Replaces" destroys
and creates: a resource with a fixed name is missing for a moment. "Refused" fails the plan before anything is
changed.

Before you remove `ec2_capacity`, move all tasks off `EC2` and deploy: ECS does not remove a capacity provider that a
service uses.

| change | what a deployment does |
|---|---|
"""


def row(step: Step, effect: str) -> str:
    """Return the row of *step*."""
    note = f" {step.change.note}" if step.change.note else ""
    return f"| {step.title} | {effect}{'.' * (not effect.endswith('.'))}{note} |"


def rows() -> dict[str, str]:
    """Return the rows of the page, by what stands in the first column."""
    found = re.findall(r"^\| (.+?) \|.*\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE) if PAGE.exists() else []
    lines = PAGE.read_text(encoding="utf-8").splitlines() if PAGE.exists() else []
    return {title: line for title in found for line in lines if line.startswith(f"| {title} |")}


def check_row(step: Step, effect: str) -> None:
    """Compare the page with what *step* did; with WRITE_CHANGES=1 in the environment, write it."""
    if os.environ.get("WRITE_CHANGES") == "1":
        with Path(tempfile.gettempdir(), "changes.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            table = rows() | {step.title: row(step, effect)}
            known = [table[each.title] for each in steps(*WALKS) if each.title in table]
            PAGE.write_text("\n".join([INTRODUCTION.rstrip(), *fixed_rows(), *known, ""]), encoding="utf-8")
    found, measured = rows().get(step.title), row(step, effect)
    assert found == measured, f"docs/changes.md has {found}, measured was {measured}: WRITE_CHANGES=1 writes it"


def fixed_rows() -> list[str]:
    """Return the rows of the settings that identify the stage."""
    return [f"| `{name}` | {reason}. |" for name, reason in NOT_CHANGED.items()]
