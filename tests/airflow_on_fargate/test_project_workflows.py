"""Promises of the workflows for GitHub Actions that a new project has."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from airflow_on_fargate.cli.main import app
from airflow_on_fargate.project_samples import TEMPLATE
from constructs_lib.push_image.product_files import PACKAGES
from stages import STAGES
from tests.requirements_of_machine import require

GITHUB = PACKAGES / TEMPLATE / ".github"
FILES = sorted(each for each in GITHUB.rglob("*") if each.is_file())
SCRIPTS = GITHUB / "scripts"
TERRAFORM = """\
#!/bin/sh
case "$*" in
  *" plan "*) echo "refreshed"; exit "$PLAN" ;;
  *" show "*) printf 'Plan: 1 to add, 0 to change, 0 to destroy.\\n```\\n</details> <b>&'"$MORE" ;;
esac
"""
GH = """\
#!/bin/sh
for word in "$@"; do case "$word" in @* | *=@*) cat "${word#*@}" >>"$LOG" ;; esac; done
echo "$*" >>"$LOG"
case "$*" in *--jq*) printf '%s' "$FOUND" ;; esac
"""


def run(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command with the folder's `bin` first on the PATH."""
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Path:
    """Return a project whose programs are fakes."""
    for name, text in (
        ("bin/terraform", TERRAFORM),
        ("bin/gh", GH),
        (".venv/bin/airflow-fargate", "#!/bin/sh\n"),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    return tmp_path


def plan(
    project: Path, code: int, script: str = "plan.sh", found: str = "", more: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a script on a stage whose plan ends with *code*."""
    report = (str(project / "report.md"),) if script == "plan.sh" else ()
    return run(
        *("bash", str(SCRIPTS / script), "dev", *report),
        folder=project,
        PLAN=str(code),
        FOUND=found,
        MORE=more,
        GITHUB_STEP_SUMMARY=str(project / "summary.md"),
        LOG=str(project / "log"),
    )


@pytest.mark.programs
def test_actionlint_and_zizmor_find_nothing(tmp_path: Path) -> None:
    """actionlint, with shellcheck, and zizmor find nothing to change in the workflows of a new project."""
    require("the program actionlint", present=shutil.which("actionlint") is not None)
    shutil.copytree(GITHUB, tmp_path / ".github")
    (tmp_path / ".git").mkdir()
    tools = Path(sys.executable).parent
    commands = (
        ("actionlint", "-shellcheck", str(tools / "shellcheck")),
        (str(tools / "zizmor"), "--offline", "."),
        (str(tools / "shellcheck"), *map(str, SCRIPTS.iterdir())),
    )
    results = [run(*command, folder=tmp_path) for command in commands]

    assert [(each.returncode, each.stdout) for each in results if each.returncode] == []


def test_each_action_has_one_digest_with_its_version() -> None:
    """Actions of others are named by the digest of a commit, the same everywhere, with the version beside it."""
    uses = [found for file in FILES for found in re.findall(r"uses: (.+)", file.read_text())]
    pinned = {each for each in uses if re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)}

    assert set(uses) - pinned == {"./.github/actions/setup"}
    assert len({each.partition("@")[0] for each in pinned}) == len(pinned)


def test_untrusted_text_reaches_no_shell() -> None:
    """No workflow runs with the rights of the target of a pull request, and no script has an expression in it."""
    texts = {file: file.read_text() for file in FILES}
    scripts = [
        line
        for text in texts.values()
        for line in re.findall(r"^ *(?:- )?run: (.*(?:\n {10,}.*)*)", text, re.MULTILINE)
    ]

    assert len(scripts) > 6
    assert [each for each in scripts if "${{" in each] == []
    assert [file for file, text in texts.items() if "pull_request_target" in text] == []
    assert [
        file.name for file in FILES if file.parent.name == "workflows" and "permissions: {}" not in texts[file]
    ] == []


def test_each_command_exists() -> None:
    """Each command of the package in a workflow, with its options, is one of `airflow-fargate`."""
    lines = {found for file in FILES for found in re.findall(r"\.venv/bin/airflow-fargate (.+)", file.read_text())}

    assert {line.partition(" ")[0] for line in lines} == {"dags", "deploy", "images", "synth"}
    for line in lines:
        command: Any = get_command(app)
        words = shlex.split(line)
        while isinstance(command, TyperGroup):
            command = command.commands[words.pop(0)]
        command.make_context(line, words)


def test_the_workflows_have_the_stages_of_the_sample() -> None:
    """Each workflow that works on stages has those of the sample's stages.py."""
    for name, pattern in (
        *(("plan", "stage: (\\w+)"), ("drift", "stage: (\\w+)")),
        *(("dags", r"stage: \[(.+)\]"), ("deploy", r"stage: \[(.+)\]")),
    ):
        found = ", ".join(re.findall(pattern, (GITHUB / f"workflows/{name}.yml").read_text()))
        assert found == ", ".join(each.stage for each in STAGES)


@pytest.mark.programs
@pytest.mark.parametrize(
    ("code", "outcome"), [(0, "Plan: 1 to add"), (2, "Plan: 1 to add"), (1, "The plan has failed.")]
)
def test_a_plan_is_reported(code: int, outcome: str, project: Path) -> None:
    """The script ends with the exit code of the plan; comment and summary have the plan as code, whatever is in it."""
    ended = plan(project, code)
    report = (project / "report.md").read_text()
    lines = report.splitlines()

    assert ended.returncode == code, ended.stderr
    assert lines[0] == "<!-- plan of airflow-dev -->"
    assert lines[3].startswith(outcome)
    assert report == (project / "summary.md").read_text()
    assert [line for line in lines if "</details>" in line][-1] == "</details>"
    assert ("    </details> <b>&" in lines) == (code != 1)
    assert ("    refreshed" in lines) == (code == 1)


@pytest.mark.programs
@pytest.mark.parametrize("start", ["", "x"])
def test_a_long_plan_fits_a_comment(start: str, project: Path) -> None:
    """A plan that is too long for a comment is cut, also in the middle of a character, with a note."""
    long_line = start + "é" * 31_000
    ended = plan(project, 2, more="\n" + long_line)
    report = (project / "report.md").read_text()

    assert ended.returncode == 2, ended.stderr
    assert 30_000 < len(report) < 65_536
    assert report.endswith("é\n\nThe plan is longer. All of it is in the log of the job.\n\n</details>\n")


@pytest.mark.programs
@pytest.mark.parametrize(
    ("found", "call"), [("", "POST repos/o/r/issues/7/comments"), ("5", "PATCH repos/o/r/issues/comments/5")]
)
def test_a_plan_replaces_the_comment_of_an_earlier_one(found: str, call: str, project: Path) -> None:
    """A pull request has one comment for each stage, with the newest plan."""
    report = project / "report.md"
    report.write_text("<!-- plan of airflow-dev -->\nthe plan\n")
    ended = run(
        *("bash", str(SCRIPTS / "comment.sh"), "7", str(report)),
        folder=project,
        FOUND=found,
        GITHUB_REPOSITORY="o/r",
        LOG=str(project / "log"),
    )
    log = (project / "log").read_text()

    assert ended.returncode == 0, ended.stderr
    assert 'startswith("<!-- plan of airflow-dev -->")' in log
    assert log.endswith(f"the plan\napi --silent --method {call} --field body=@{report}\n")


@pytest.mark.programs
@pytest.mark.parametrize(
    ("code", "found", "calls"),
    [
        (0, "", []),
        (0, "3", ["issue close 3 --comment The plan has no changes any more."]),
        (2, "", ["issue create --title Drift of airflow-dev --body-file"]),
        (2, "3", ["issue comment 3 --body-file"]),
        (1, "3", []),
    ],
)
def test_drift_opens_and_closes_an_issue(code: int, found: str, calls: list[str], project: Path) -> None:
    """Drift opens an issue or comments on it, no drift closes it, and a failed plan fails the workflow."""
    ended = plan(project, code, "drift.sh", found)
    log = [line for line in (project / "log").read_text().splitlines() if not line.startswith("issue list")]

    assert ended.returncode == (1 if code == 1 else 0), ended.stderr
    assert [re.sub(r" /\S+$", "", line) for line in log] == calls
