"""README and docs: what they say of the project is so."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

from constructs_lib.key_versions import KeyVersions
from constructs_lib.permission import Permission
from constructs_lib.process_settings import ProcessSettings, TaskSize
from constructs_lib.settings import Settings
from constructs_lib.task_settings import TaskSettings
from constructs_lib.worker_pool import WorkerPool
from tests.variants import STAGE_NAMES, variant

PROJECT = Path(__file__).parents[1]
README = PROJECT / "README.md"
PAGES = [README, PROJECT / "tasks" / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
DECISIONS = sorted((PROJECT / "docs" / "decisions").glob("*.md"))
README_LINES = 150

every_page = pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(PROJECT)) for page in PAGES])


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def section(page: Path, heading: str) -> str:
    """Return what stands below a heading of the second level."""
    return page.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]


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
        """The README can be read in one go."""
        assert len(README.read_text().splitlines()) <= README_LINES

    def test_every_path_of_its_tree_exists(self) -> None:
        """What the tree of files names is there."""
        (tree,) = re.findall(r"```\n(.*?)```", section(README, "What is where"), re.DOTALL)
        paths = [path for line in tree.splitlines() for path in re.split(r"\s{2,}", line)[0].split(", ")]

        assert len(paths) > 10
        assert not [path for path in paths if not (PROJECT / path).exists()]

    def test_its_stages_are_accepted(self) -> None:
        """The stages it shows can be copied into stages.py."""
        (stages,) = [block for block in blocks(README, "python") if block.startswith("STAGES")]
        namespace: dict[str, object] = {
            each.__name__: each for each in (KeyVersions, Permission, ProcessSettings, Settings, TaskSize, WorkerPool)
        }
        exec(stages, namespace)  # noqa: S102 the project's own text

        assert [each.stage for each in namespace["STAGES"]] == ["dev", "prod"]

    def test_its_task_is_accepted(self) -> None:
        """The task.toml it shows is a valid one."""
        (task,) = blocks(README, "toml")

        assert TaskSettings(**tomllib.loads(task)).capacity == "FARGATE_SPOT"


class TestPages:
    @every_page
    def test_every_link_leads_somewhere(self, page: Path) -> None:
        """A relative link names a file that is there, and a heading in it."""
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            if "://" in link:
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link

    @every_page
    def test_every_target_of_make_exists(self, page: Path) -> None:
        """A make command that a page shows is in the Makefile."""
        targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
        used = {target for text in code(page) for target in re.findall(r"\bmake ([a-z][a-z-]*)", text)}

        assert used <= targets

    @every_page
    def test_every_file_it_names_exists(self, page: Path) -> None:
        """A path of the project in backquotes is there."""
        top = "benchmarks|constructs_lib|dags|docker|docs|tests"
        named = {text for text in code(page) if re.fullmatch(rf"({top})/[\w./-]+\.(py|md|txt|toml|cjs)", text)}

        assert not [path for path in named if not (PROJECT / path).exists()]

    @every_page
    def test_every_setting_it_shows_exists(self, page: Path) -> None:
        """A setting that is shown with a value is one of the models'."""
        models = (Settings, KeyVersions, ProcessSettings, TaskSettings, WorkerPool)
        known = {name for model in models for name in model.model_fields}
        shown = {found[1] for text in code(page) if (found := re.match(r"([a-z]+_[a-z_]+) ?= ?\S", text))}

        assert shown <= known


class TestSettingsPage:
    def test_is_current(self) -> None:
        """docs/settings.md is what docs/settings.py makes of the models; run the script if it is not."""
        written = runpy.run_path(str(PROJECT / "docs" / "settings.py"))["page"]()

        assert (PROJECT / "docs" / "settings.md").read_text() == written

    def test_nothing_is_explained_that_is_not_there(self) -> None:
        """docs/settings.toml explains settings of the models only."""
        models = {model.__name__: model for model in runpy.run_path(str(PROJECT / "docs" / "settings.py"))["MODELS"]}
        explained = tomllib.loads((PROJECT / "docs" / "settings.toml").read_text())

        assert not {
            f"{model}.{name}"
            for model, names in explained.items()
            for name in names
            if name not in models[model].model_fields
        }


class TestDecisions:
    @pytest.mark.parametrize("page", DECISIONS, ids=[page.stem for page in DECISIONS])
    def test_has_its_three_parts(self, page: Path) -> None:
        """A decision says what there was to decide, what was decided, and what follows."""
        assert re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE) == ["Context", "Decision", "Consequences"]

    def test_are_all_listed(self) -> None:
        """The architecture page names every decision."""
        text = (PROJECT / "docs" / "architecture.md").read_text()

        assert not [page.name for page in DECISIONS if f"(decisions/{page.name})" not in text]


def test_the_decision_on_scaling_has_the_figures_of_the_simulator() -> None:
    """Wait p95 and worker-hours of the three candidates are those of docs/elasticity.md."""
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


def test_the_page_of_new_accounts_has_what_the_stages_need() -> None:
    """docs/new-account.md is what docs/new_account.py makes of the composed stages; run the script if it is not."""
    write = runpy.run_path(str(PROJECT / "docs" / "new_account.py"))["page"]
    text = (PROJECT / "docs" / "new-account.md").read_text()

    assert text == write(text, {stage: variant(stage).document for stage in STAGE_NAMES})
    assert "| needs | `dev` | `prod` |" in text


def test_the_page_of_security_has_the_role_of_a_worker() -> None:
    """docs/security.md is what docs/security.py makes of it; run the script if it is not."""
    write = runpy.run_path(str(PROJECT / "docs" / "security.py"))["page"]
    text = (PROJECT / "docs" / "security.md").read_text()

    assert text == write(text)
    assert "| `sqs:ChangeMessageVisibility`" in text


def test_the_page_of_roles_has_the_policies_of_the_library() -> None:
    """docs/roles.md is what docs/roles.py makes of it; run the script if it is not."""
    write, text = (
        runpy.run_path(str(PROJECT / "docs" / "roles.py"))["page"],
        (PROJECT / "docs" / "roles.md").read_text(),
    )

    assert text == write(text)
    assert len(re.findall(r"^<!-- policy: ", text, re.MULTILINE)) == 7
