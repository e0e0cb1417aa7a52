"""`python main.py`, as people run it: each mistake is one sentence, and what was written stays as it was."""

import shutil
import sys
from collections.abc import Iterator

import pytest

import constructs_lib
import main
from tests.clone import Clone
from tests.refused_projects import REFUSED
from tests.variants import STAGE_NAMES


@pytest.fixture(name="project", scope="module")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Make a clone with an output that is there already."""
    clone = Clone.make(tmp_path_factory.mktemp("clone") / "project")
    clone.write("cdktf.out/manifest.json", "earlier")
    clone.write("cdktf.out/stacks/airflow-dev/cdk.tf.json", "earlier")
    clone.write("cdktf.out/stacks/airflow-dev/terraform.tfstate", "somebody's")
    return clone


@pytest.fixture(name="clone")
def _clone(project: Clone) -> Iterator[Clone]:
    """Lend the clone, and put its stages and tasks back after the test."""
    stages_file, tasks = project.folder / "constructs_lib" / "stages.py", project.folder / "tasks"
    kept = project.folder.parent / "kept"
    shutil.copytree(tasks, kept)
    text = stages_file.read_text()
    yield project
    stages_file.write_text(text)
    shutil.rmtree(tasks)
    kept.rename(tasks)


BY_THE_PROGRAM = ("a part of a stage", "no TOML", "one address for two")
"""What is asked of the program itself; the others, which take the same way, of its `main()`."""


def refused(clone: Clone, *arguments: str, **environment: str) -> str:
    """Run main.py, which must refuse with one line, exit code 1 and an untouched cdktf.out, and return the line."""
    before = clone.output()
    done = clone.run(*arguments, **environment)

    assert (done.returncode, done.stdout) == (1, "")
    assert clone.output() == before
    [line] = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("mistake", BY_THE_PROGRAM)
def test_a_mistake_is_one_line_and_exit_code_1(mistake: str, clone: Clone) -> None:
    """The program prints the sentence and no traceback, and what it wrote earlier is untouched."""
    make, sentence = REFUSED[mistake]
    make(clone)

    assert refused(clone).startswith(f"error: {sentence.removesuffix('...')}")


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_mistake_is_one_sentence(mistake: str, clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence tells what was got, where, and what is allowed."""
    make, sentence = REFUSED[mistake]
    make(clone)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(constructs_lib, "__path__", [str(clone.folder / "constructs_lib")])
    monkeypatch.delitem(sys.modules, "constructs_lib.stages", raising=False)
    monkeypatch.setattr(main, "PROJECT", clone.folder)
    monkeypatch.chdir(clone.folder)
    monkeypatch.delenv("TF_STATE_BUCKET", raising=False)
    before = clone.output()

    with pytest.raises(SystemExit) as exited:
        main.main([])

    line = str(exited.value)
    assert "\n" not in line
    assert line.startswith(f"error: {sentence.removesuffix('...')}")
    assert sentence.endswith("...") or line == f"error: {sentence}"
    assert clone.output() == before


def test_a_protected_stage_is_not_destroyed(clone: Clone) -> None:
    """`check`, which make asks first, refuses in one sentence before Terraform runs."""
    clone.write_stages("stage='prod', protected=True, state_bucket='states'")

    assert refused(clone, "check", "destroy", "prod").startswith("error: cannot destroy airflow-prod: it is protected;")


def test_an_allowed_action_is_silent(clone: Clone) -> None:
    """`check` writes nothing, neither files nor words, if the action may go on."""
    before = clone.output()
    done = clone.run("check", "deploy", STAGE_NAMES[0], TF_STATE_BUCKET="states")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert clone.output() == before
