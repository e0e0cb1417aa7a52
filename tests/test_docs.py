"""Promises that README and docs are true."""

import json
import re
import runpy
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import constructs_lib
from benchmarks import report
from benchmarks.__main__ import RUNNING_NOTES, XCOM_NOTES
from benchmarks.api.page import page as api_page
from benchmarks.dag_bundles.page import page as dags_page
from benchmarks.forecast_queries.page import page as forecast_page
from benchmarks.portability.page import page as portability_page
from benchmarks.prewarm.page import page as prewarm_page
from benchmarks.reliability.page import page as reliability_page
from benchmarks.report import composing_notes
from constructs_lib.engine.engine_choice import ENGINES
from constructs_lib.engine.terraform import TERRAFORM_VERSION
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_settings import TaskSettings
from constructs_lib.shared.bad_input import models_in
from tests.variants import STAGE_NAMES, variant

if TYPE_CHECKING:
    from pydantic import BaseModel

PROJECT = Path(__file__).parents[1]
README = PROJECT / "README.md"
CHANGELOG = PROJECT / "CHANGELOG.md"
PAGES = [
    *sorted(PROJECT.glob("*.md")),
    PROJECT / "tasks" / "README.md",
    *sorted((PROJECT / "docs").rglob("*.md")),
]
COMPARISON = PROJECT / "docs" / "comparison.md"
STAGES_FILE = PROJECT / "stages.py"
DECISIONS = sorted((PROJECT / "docs" / "decisions").glob("0*.md"))
LAST_WITHOUT_OPTIONS = 29  # it has them in its context
README_LINES = 170  # with stages.py and the table of others in full


def number(decision: Path) -> int:
    """Return the number of a decision."""
    return int(decision.name[:4])


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def section(page: Path, heading: str) -> str:
    """Return what stands below a heading of the second level."""
    return page.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]


@cache
def code(page: Path) -> list[str]:
    """Return the code of a page: its blocks, and what stands in backquotes."""
    text = page.read_text()
    outside = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [*re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE), *re.findall(r"`([^`]+)`", outside)]


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


class TestReadme:
    def test_is_short(self) -> None:
        """The README is short."""
        assert len(README.read_text().splitlines()) <= README_LINES

    def test_every_path_of_its_tree_exists(self) -> None:
        """Every path in the README's tree exists."""
        (tree,) = re.findall(r"```\n(.*?)```", section(README, "What is where"), re.DOTALL)
        paths = [path for line in tree.splitlines() for path in re.split(r"\s{2,}", line)[0].split(", ")]

        assert len(paths) > 10
        assert not [path for path in paths if not (PROJECT / path).exists()]

    def test_shows_the_stages_file(self) -> None:
        """The README shows the real stages.py."""
        assert STAGES_FILE.read_text() in blocks(README, "python")

    def test_its_settings_are_accepted(self) -> None:
        """The README's settings for the first deployment are accepted."""
        shown = re.findall(r"```python\n\s*(Settings\(.*?)\n *```", README.read_text(), re.DOTALL)

        assert [eval(block, {"Settings": Settings}).stage for block in shown] == ["dev"]  # noqa: S307 our own text

    def test_has_the_version_of_airflow(self) -> None:
        """The README has the image's version of Airflow."""
        requirements = (PROJECT / "docker" / "requirements.txt").read_text()
        (version,) = re.findall(r"^apache-airflow\[.*\]==([\d.]+)", requirements, re.MULTILINE)

        assert f"Apache Airflow {version} on" in README.read_text()
        assert f"| Airflow | {version} |" in README.read_text()

    def test_its_prices_are_those_of_the_page_of_new_accounts(self) -> None:
        """The README's prices are those that docs/new_account.py computes."""
        rows = {
            cells[0]: cells[1:]
            for line in (PROJECT / "docs" / "new-account.md").read_text().splitlines()
            if len(cells := line.strip("| ").split(" | ")) == 3
        }
        hour, month = rows["dollars an hour, while nothing scales out"], rows["dollars a month of 730 hours"]

        for stage, an_hour, a_month in zip(("dev", "prod"), hour, month, strict=True):
            assert f"| `{stage}` | {an_hour} | {a_month} |" in README.read_text()
        assert f"| Idle: dollars a month | {month[0]} (`dev`) |" in README.read_text()

    def test_its_minutes_are_those_of_the_page_of_new_accounts(self) -> None:
        """Both give the same estimate of a first deployment."""
        [minutes] = re.findall(
            r"Together about (\d+) minutes for `dev` and (\d+) for `prod`",
            (PROJECT / "docs/new-account.md").read_text(),
        )

        for stage, each in zip(("dev", "prod"), minutes, strict=True):
            assert re.search(rf"^\| `{stage}` \|.*\| about {each} \|$", README.read_text(), re.MULTILINE)

    def test_its_outputs_exist(self) -> None:
        """A newcomer finds the address and the password where it says."""
        named = set(re.findall(r"output `(\w+)`", README.read_text()))

        assert named
        assert all(named <= variant(stage).document["output"].keys() for stage in STAGE_NAMES)

    def test_its_needs_are_those_of_the_project(self) -> None:
        """The versions of Python and Terraform are those that the project checks."""
        project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
        oldest, minor = re.findall(r">=3\.(\d+\.\d+),<3\.(\d+)", project["requires-python"])[0]
        terraform = TERRAFORM_VERSION.removeprefix(">= ").removesuffix(".0")

        assert f"needs Python 3.{oldest}+ or 3.{int(minor) - 1}," in README.read_text()
        assert f"Terraform {terraform} or newer" in README.read_text()

    def test_every_claim_about_others_has_a_source(self) -> None:
        """Every number in the table of comparisons is a row of docs/comparison.md, and the reverse."""
        named = set(re.findall(r"\[(\d+)\]", section(README, "How it compares")))
        sources = re.findall(r"^\| (\d+) \|.*\| 20\d\d-\d\d(?:-\d\d)? \|$", COMPARISON.read_text(), re.MULTILINE)

        assert sorted(sources, key=int) == sorted(named, key=int)

    def test_its_task_is_accepted(self) -> None:
        """The README's task.toml is valid."""
        (task,) = blocks(README, "toml")

        assert TaskSettings(**tomllib.loads(task)).capacity == "FARGATE_SPOT"


class TestPages:
    def test_every_link_leads_somewhere(self) -> None:
        """Every relative link leads to a file and a heading that exist."""
        for page in PAGES:
            for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
                if "://" in link:
                    continue
                path, _, anchor = link.partition("#")
                target = (page.parent / path).resolve() if path else page
                assert target.exists(), f"{page}: {link}"
                assert not anchor or anchor in anchors(target), f"{page}: {link}"

    def test_every_target_of_make_exists(self) -> None:
        """Every make command in a page is a target."""
        targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
        used = {
            (page, target)
            for page in PAGES
            for text in code(page)
            for target in re.findall(r"\bmake ([a-z][a-z-]*)", text)
        }

        assert {(str(page), target) for page, target in used if target not in targets} == set()

    def test_every_file_it_names_exists(self) -> None:
        """Every path in backquotes exists."""
        top = "airflow_on_fargate|benchmarks|constructs_lib|dag_tests|dags|docker|docs|local|operations|simulator|tests"
        path = re.compile(rf"({top})/[\w./-]+\.(py|md|txt|toml|cjs)")
        named = {(str(page), text) for page in PAGES for text in code(page) if path.fullmatch(text)}

        assert {(page, text) for page, text in named if not (PROJECT / text).exists()} == set()

    def test_every_setting_it_shows_exists(self) -> None:
        """Every setting that a page shows with a value exists."""
        models: list[type[BaseModel]] = [TaskSettings, *models_in(Settings).values()]
        known = {name for model in models for name in model.model_fields}
        shown = {
            (str(page), found[1])
            for page in PAGES
            for text in code(page)
            if (found := re.match(r"([a-z]+_[a-z_]+) ?= ?\S", text))
        }

        assert {(page, name) for page, name in shown if name not in known} == set()


def test_every_command_for_a_stage_is_described() -> None:
    """A target of make that takes a stage is in a page, and not only in `make help`."""
    makefile = (PROJECT / "Makefile").read_text()
    targets = re.findall(r"^([a-z-]+):.*## .*STAGE=", makefile, re.MULTILINE)
    described = " ".join(page.read_text() for page in PAGES if page != CHANGELOG)

    assert len(targets) > 5
    assert [target for target in targets if not re.search(rf"\bmake {target}\b", described)] == []


class TestChangelog:
    def test_has_the_version_of_the_project(self) -> None:
        """The changelog's newest version is the one in pyproject.toml, the only other place."""
        project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
        unreleased, newest, *_ = re.findall(r"^## \[(.+?)\](.*)$", CHANGELOG.read_text(), re.MULTILINE)

        assert unreleased == ("Unreleased", "")
        assert newest[0] == project["version"]
        assert re.fullmatch(r" - 20\d\d-\d\d-\d\d", newest[1])

    def test_has_the_groups_of_keep_a_changelog(self) -> None:
        """The changelog's groups are those of Keep a Changelog."""
        groups = set(re.findall(r"^### (.+)$", CHANGELOG.read_text(), re.MULTILINE))

        assert groups <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


class TestGlossary:
    def test_is_in_the_order_of_the_alphabet(self) -> None:
        """The glossary is sorted, with one row for each word."""
        words = re.findall(r"^\| \*\*(.+?)\*\* \|", (PROJECT / "docs" / "glossary.md").read_text(), re.MULTILINE)

        assert len(words) > 10
        assert words == sorted(set(words), key=str.lower)

    @pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
    def test_is_linked(self, page: str) -> None:
        """The glossary is linked from README and architecture."""
        assert "(docs/glossary.md)" in (PROJECT / page).read_text()


class TestSettingsPage:
    def test_is_current(self) -> None:
        """docs/settings.md is what docs/settings.py writes."""
        written = runpy.run_path(str(PROJECT / "docs" / "settings.py"))["page"]()

        assert (PROJECT / "docs" / "settings.md").read_text() == written

    def test_nothing_is_explained_that_is_not_there(self) -> None:
        """docs/settings.toml has only settings of the models."""
        models = {model.__name__: model for model in runpy.run_path(str(PROJECT / "docs" / "settings.py"))["MODELS"]}
        explained = tomllib.loads((PROJECT / "docs" / "settings.toml").read_text())

        assert not {
            f"{model}.{name}"
            for model, names in explained.items()
            for name in names
            if name not in models[model].model_fields
        }


class TestApiPage:
    def test_is_current(self) -> None:
        """docs/api.md is what docs/api.py writes."""
        written = runpy.run_path(str(PROJECT / "docs" / "api.py"))["page"]()

        assert (PROJECT / "docs" / "api.md").read_text() == written

    def test_has_each_public_name_once(self) -> None:
        """A public name is on this page, or its fields are on the page of the settings."""
        pages = [(PROJECT / "docs" / name).read_text() for name in ("api.md", "settings.md")]
        headings = re.findall(r"^## (\w+)$|^## .*`(\w+)`(?: in Python|$)", "\n".join(pages), re.MULTILINE)
        described = [first or second for first, second in headings]

        assert [name for name in constructs_lib.__all__ if described.count(name) != 1] == []


class TestDecisions:
    def test_has_its_parts(self) -> None:
        """Each decision has its context, decision and consequences, and the newer ones have options."""
        for page in DECISIONS:
            parts = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)

            assert [each for each in parts if each != "Options"] == ["Context", "Decision", "Consequences"], page
            assert "Options" in parts or number(page) <= LAST_WITHOUT_OPTIONS, page

    def test_has_its_header(self) -> None:
        """Each decision has its number, a status and a date."""
        for page in DECISIONS:
            title, empty, status, date = page.read_text().splitlines()[:4]

            assert title.startswith(f"# {number(page)}. "), page
            assert not empty, page
            assert status.removeprefix("- Status: ") in ("accepted", "accepted, replaced in part", "replaced"), page
            assert re.fullmatch(r"- Date: 20\d\d-\d\d-\d\d", date), page

    def test_is_replaced_by_the_one_that_says_so(self) -> None:
        """A decision and its replacement name each other."""
        texts = {page: page.read_text() for page in DECISIONS}
        for page, text in texts.items():
            replaces = set(re.findall(r"^- Replaces: \[(\d+)\]", text, re.MULTILINE))
            replaced_by = re.findall(r"^- Replaced by: \[\d+\]\((.+?)\)", text, re.MULTILINE)
            own = f"- Replaced by: [{number(page)}]({page.name})"
            older = {number(other) for other, its_text in texts.items() if own in its_text}

            assert {int(each) for each in replaces} == older, page
            assert bool(replaced_by) == ("- Status: accepted\n" not in text), page

    def test_are_all_in_the_index(self) -> None:
        """The index lists every decision with title, date and status."""
        rows = [
            f"| [{found[1]}]({page.name}) | {found[2]} | {found[4]} | {found[3]} |"
            for page in DECISIONS
            if (found := re.match(r"# (\d+)\. (.+)\n\n- Status: (.+)\n- Date: (.+)\n", page.read_text()))
        ]
        index = (PROJECT / "docs" / "decisions" / "README.md").read_text()

        assert [line for line in index.splitlines() if line.startswith("| [")] == rows


def test_the_decision_on_scaling_has_the_figures_of_the_simulator() -> None:
    """The decision on scaling has the figures in docs/elasticity.md."""
    candidates = {"(a)": "target tracking on SQS", "(b)": "ours", "(c)": "the loop sets the count"}
    rows = re.findall(
        r"^\| (.+) \|$", section(PROJECT / "docs/elasticity.md", "Other ways to follow the work"), re.MULTILINE
    )
    simulated = {
        name: [f"{cells[3]}, {cells[4]}" for cells in (row.split(" | ") for row in rows) if cells[0] == name]
        for name in candidates.values()
    }
    decision = (PROJECT / "docs/decisions/0019-scaling-on-work.md").read_text()

    for letter, name in candidates.items():
        assert len(simulated[name]) == 4
        assert f"\n| {letter} | {' | '.join(simulated[name])} |\n" in decision


def scheduled_figures(workload: str) -> dict[str, tuple[str, str, str]]:
    """Return p50 wait, p95 wait and worker-hours below a *workload* in docs/elasticity.md, by the contender's name."""
    page = section(PROJECT / "docs/elasticity.md", "Ahead of the schedule")
    table = page.split(workload)[1].split(" --- |\n")[1].split("\n\n")[0]
    cells = [line.strip("| ").split(" | ") for line in table.splitlines()]
    return {name: (p50, p95, hours) for name, _, p50, p95, hours, *_ in cells}


def test_the_decision_on_scheduled_runs_has_the_figures_of_the_simulator() -> None:
    """The decision on scheduled runs has the waits and worker-hours in docs/elasticity.md."""
    decision = " ".join((PROJECT / "docs/decisions/0043-workers-before-scheduled-runs.md").read_text().split())
    following, ahead, average, maximum, fleet = scheduled_figures("**Scheduled spiky**").items()
    (few, few_ahead, many, many_ahead) = scheduled_figures("### A larger burst").values()

    for letter, (name, figures) in {"a": following, "b": average, "c": maximum, "d": fleet, "e": ahead}.items():
        option = re.escape(name) if letter == "d" else "[^|]+"
        assert re.search(rf"\| \({letter}\) (a )?{option} \| {re.escape(', '.join(figures))} \|", decision), name
    for text, (p50, p95, hours), (_, _, before) in (
        ("with 100 workers of 4 slots", few_ahead, few),
        ("With 500 workers, a slot for each task", many_ahead, many),
    ):
        assert f"{text}: p50 {p50} and p95 {p95}" in decision
        assert f"for {float(hours) / float(before):.2f} times the worker-hours" in decision
    for without in (few, many):
        assert f"{without[0].removesuffix(' min')} and {without[1]}" in decision


def measured_on(page: Path) -> tuple[str, str]:
    """Return the command that has written a page of figures, and the machine."""
    ((command, machine),) = re.findall(r"^Written by `(.+?)`.*?, on (.+)\.$", page.read_text(), re.MULTILINE)
    return command, machine


@pytest.mark.parametrize(
    ("name", "notes"), [("performance", None), ("performance-local", RUNNING_NOTES), ("performance-xcom", XCOM_NOTES)]
)
def test_a_page_of_performance_is_as_its_generator_writes_it(name: str, notes: str | None) -> None:
    """The text of each page of `make benchmarks` is that of its generator."""
    written = PROJECT / "docs" / f"{name}.md"
    command, machine = measured_on(written)
    text = written.read_text()
    results = [row for row in text.splitlines() if row.startswith("| ") and row.count(" | ") == 4][1:]
    steps = re.findall(r"^\| (.+?) \| ([\d.]+) \|$", text, re.MULTILINE)
    if notes is None:
        notes = composing_notes({step: float(seconds) for step, seconds in steps if step != "all"})

    assert text == report.page(name, command, machine, results, notes=notes)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("performance-api", api_page),
        ("performance-dags", dags_page),
        ("performance-forecast", forecast_page),
        ("performance-prewarm", prewarm_page),
        ("portability", portability_page),
        ("reliability", reliability_page),
    ],
)
def test_a_page_of_figures_is_what_its_generator_makes_of_them(name: str, write: Callable[..., str]) -> None:
    """Each page of figures is what its generator makes of its JSON file."""
    written = PROJECT / "docs" / f"{name}.md"
    measured = json.loads(written.with_suffix(".json").read_text())

    assert written.read_text() == write(measured, measured_on(written)[1])


def test_the_page_of_new_accounts_has_what_the_stages_need() -> None:
    """docs/new-account.md is what docs/new_account.py writes."""
    write = runpy.run_path(str(PROJECT / "docs" / "new_account.py"))["page"]
    text = (PROJECT / "docs" / "new-account.md").read_text()

    assert text == write(text, {stage: variant(stage) for stage in STAGE_NAMES})
    assert "| needs | `dev` | `prod` |" in text


def test_the_page_of_security_has_the_role_of_a_worker() -> None:
    """docs/security.md is what docs/security.py writes."""
    write = runpy.run_path(str(PROJECT / "docs" / "security.py"))["page"]
    text = (PROJECT / "docs" / "security.md").read_text()

    assert text == write(text)
    assert "| `sqs:ChangeMessageVisibility`" in text


def test_the_page_of_commands_is_current() -> None:
    """docs/commands.md is what docs/commands.py writes from the help of the commands."""
    write = runpy.run_path(str(PROJECT / "docs" / "commands.py"))["page"]
    text = (PROJECT / "docs" / "commands.md").read_text()

    assert text == write(text)
    assert "## airflow-fargate local run\n" in text


def test_the_page_of_roles_has_the_policies_of_the_library() -> None:
    """docs/roles.md is what docs/roles.py writes."""
    write, text = (
        runpy.run_path(str(PROJECT / "docs" / "roles.py"))["page"],
        (PROJECT / "docs" / "roles.md").read_text(),
    )

    assert text == write(text)
    assert len(re.findall(r"^<!-- policy: ", text, re.MULTILINE)) == 7


def test_the_page_of_engines_has_the_pinned_versions() -> None:
    """The page of engines names each engine's packages with the versions that the tests use."""
    page = (PROJECT / "docs/engines.md").read_text(encoding="utf-8")
    pipfile = (PROJECT / "Pipfile").read_text(encoding="utf-8")

    for engine in ENGINES.values():
        for package in (each.replace("_", "-") for each in engine):
            [version] = re.findall(rf'^{package} = "==(.+)"$', pipfile, re.MULTILINE)
            assert f"`{package}` {version}" in page
            assert set(re.findall(rf"(?<![\w-]){package}==(\S+)", page)) <= {version}
