"""`python main.py`, as people run it: each mistake is one sentence, and what was written stays as it was."""

import errno
import importlib
import json
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

import constructs_lib
import main
from airflow_on_fargate import synthesis
from constructs_lib.engine.engine_environment import check_engine_environment
from constructs_lib.shared.bad_input import SENTENCE_LENGTH, BadInputError
from tests.clone import UNSET, Clone
from tests.command import command
from tests.refused_projects import REFUSED
from tests.variants import STAGE_NAMES


@pytest.fixture(name="project", scope="module")
def _project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Create a clone that has an earlier output."""
    runs_programs = any(
        each.path == request.path and each.get_closest_marker("programs") for each in request.session.items
    )
    clone = Clone.make(tmp_path_factory.mktemp("clone") / "project", compiled=runs_programs)
    clone.write("cdktf.out/manifest.json", "earlier")
    clone.write("cdktf.out/stacks/airflow-dev/cdk.tf.json", "earlier")
    clone.write("cdktf.out/stacks/airflow-dev/terraform.tfstate", "somebody's")
    return clone


@pytest.fixture(name="kept", scope="module")
def _kept(project: Clone) -> Path:
    """Copy the clone as it is before the tests."""
    return shutil.copytree(project.folder, project.folder.parent / "kept", symlinks=True)


@pytest.fixture(name="clone")
def _clone(project: Clone, kept: Path) -> Iterator[Clone]:
    """Lend the clone, and put back after the test what it has changed."""
    # What waits for a named pipe would wait forever.
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it hangs"))
    signal.alarm(300)
    yield project
    signal.alarm(0)
    for name in {each.name for folder in (project.folder, kept) for each in folder.iterdir()}:
        changed, before = project.folder / name, kept / name
        if _entries(changed) != _kept_entries(before):
            _remove(changed)
            _copy(before, changed)


def _entries(path: Path) -> dict[str, tuple[int, int, int]]:
    """Return kind, size and time of all that is at *path*; a folder has neither size nor time."""
    found = [str(path)] if path.is_symlink() or path.exists() else []
    # Text, not paths, which would take most of the time of these tests.
    for folder, folders, files in os.walk(path):
        found += [f"{folder}/{name}" for name in (*folders, *files)]
    entries = {each.removeprefix(str(path)): os.lstat(each) for each in found}
    return {
        name: (each.st_mode, 0, 0) if stat.S_ISDIR(each.st_mode) else (each.st_mode, each.st_size, each.st_mtime_ns)
        for name, each in entries.items()
    }


@cache
def _kept_entries(path: Path) -> dict[str, tuple[int, int, int]]:
    """Return the same of a copy, which never changes."""
    return _entries(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    elif source.exists():
        shutil.copy2(source, target)


BY_THE_PROGRAM = ("a program that raises SystemExit", "one address for two")
"""Refusals that the program itself is run for; the others, with the same code, call its `main()`."""


def refused(clone: Clone, **environment: str) -> str:
    """Run main.py, which must refuse with one line, exit code 1 and an untouched cdktf.out, and return the line."""
    before = clone.output()
    done = clone.run(**environment)

    assert (done.returncode, done.stdout) == (1, "")
    assert clone.output() == before
    [line] = done.stderr.splitlines()
    return line


def run_here(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process read the clone as the program does that is started there."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(constructs_lib, "__path__", [str(clone.folder / "constructs_lib")])
    elsewhere = [each for each in sys.path if Path(each).resolve() != main.PROJECT]
    monkeypatch.setattr(sys, "path", [str(clone.folder), *elsewhere])
    importlib.invalidate_caches()
    monkeypatch.delitem(sys.modules, "stages", raising=False)
    monkeypatch.setattr(main, "PROJECT", clone.folder)
    monkeypatch.chdir(clone.folder)
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)


def refused_here(clone: Clone) -> str:
    """Run main.main(), which must refuse with one short printable line and an untouched cdktf.out; return the line."""
    before = clone.output()

    with pytest.raises(SystemExit) as exited:
        main.main([])

    line = str(exited.value)
    assert line.isprintable()
    assert len(line) <= SENTENCE_LENGTH + len("error: ")
    assert clone.output() == before
    return line


@pytest.mark.programs
@pytest.mark.parametrize("mistake", BY_THE_PROGRAM)
def test_a_mistake_is_one_line_and_exit_code_1(mistake: str, clone: Clone) -> None:
    """A mistake is one line and exit code 1, and earlier output is unchanged."""
    make, sentence = REFUSED[mistake]
    make(clone)

    assert refused(clone).startswith(f"error: {sentence.removesuffix('...')}")


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_mistake_is_one_sentence(mistake: str, clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence has the value, its place, and what is allowed."""
    make, sentence = REFUSED[mistake]
    make(clone)
    run_here(clone, monkeypatch)

    line = refused_here(clone)

    assert line.startswith(f"error: {sentence.removesuffix('...')}")
    assert sentence.endswith("...") or line == f"error: {sentence}"


@pytest.mark.programs
def test_a_protected_stage_is_not_destroyed(clone: Clone) -> None:
    """`check` refuses to destroy a protected stage before Terraform runs."""
    clone.write_stages("stage='prod', protected=True, state_bucket='states'")

    done = clone.command("check", "destroy", "--stage", "prod")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: cannot destroy airflow-prod: it is protected;")


@pytest.mark.programs
def test_an_allowed_action_is_silent(clone: Clone) -> None:
    """`check` neither writes nor prints anything if the action is allowed."""
    before = clone.output()
    done = clone.command("check", "deploy", "--stage", STAGE_NAMES[0], TF_STATE_BUCKET="states")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert clone.output() == before


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        (
            {"CDKTF_CONTEXT_JSON": "{"},
            "CDKTF_CONTEXT_JSON in the environment must be a JSON object such as {}, got '{'",
        ),
        ({"CDKTF_CONTEXT_JSON": "null"}, "CDKTF_CONTEXT_JSON in the environment must be a JSON object such as {}, got"),
        ({"CDKTF_CONTEXT_JSON": "[" * 5000}, "CDKTF_CONTEXT_JSON in the environment must be a JSON object such as {}"),
        ({"CDKTF_OUTDIR": "main.py/x"}, "CDKTF_OUTDIR in the environment must be a writable folder, got"),
        ({"CDKTF_OUTDIR": "main.py"}, "CDKTF_OUTDIR in the environment must be a writable folder, got"),
        ({"CDKTF_OUTDIR": ""}, "CDKTF_OUTDIR in the environment must be a writable folder, got ''"),
        ({"CDKTF_OUTDIR": "x" * 300}, "CDKTF_OUTDIR in the environment must be a writable folder, got"),
        ({"TF_STATE_BUCKET": "A\x1b[2J"}, r"TF_STATE_BUCKET in the environment: must be a bucket's name: "),
    ],
)
def test_a_wrong_environment_is_one_sentence(
    environment: dict[str, str], sentence: str, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong environment variable is one sentence with its name, and nothing is written."""
    run_here(clone, monkeypatch)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert refused_here(clone).startswith(f"error: {sentence}")


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (Path.touch, "cdktf.out is a file"),
        (lambda place: place.symlink_to("nothing"), "cdktf.out is a broken link"),
        (lambda place: (place.mkdir(), (place / "stacks").touch()), "cdktf.out/stacks is a file"),
    ],
)
def test_an_output_that_is_no_folder_is_one_sentence(
    make: Callable[[Path], object], fault: str, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An output path that is not a folder is refused before the engine starts."""
    run_here(clone, monkeypatch)
    (clone.folder / "cdktf.out").rename(clone.folder / "kept")
    try:
        make(clone.folder / "cdktf.out")
        line = refused_here(clone)
    finally:
        shutil.rmtree(clone.folder / "cdktf.out", ignore_errors=True)
        (clone.folder / "cdktf.out").unlink(missing_ok=True)
        (clone.folder / "kept").rename(clone.folder / "cdktf.out")

    assert line.startswith("error: The output must be a writable folder, got 'cdktf.out")
    assert line.endswith(f": {fault}")


@pytest.mark.programs
def test_a_refusal_leaves_no_empty_folder(clone: Clone) -> None:
    """A refusal leaves no empty output folder, wherever Node was started."""
    make, _ = REFUSED["one address for two"]
    make(clone)
    shutil.rmtree(clone.folder / "cdktf.out")

    assert refused(clone).startswith("error: airflow-dev/DagTasks/vendor/")
    assert not (clone.folder / "cdktf.out").exists()


def test_a_folder_that_is_read_only_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only output folder is refused."""
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(BadInputError, match=f"got '{tmp_path}/x': {tmp_path} is read-only$"):
        check_engine_environment({"CDKTF_OUTDIR": f"{tmp_path}/x"})


@pytest.mark.programs
def test_what_the_engine_cannot_write_is_one_sentence(clone: Clone) -> None:
    """An error of the engine while it writes is one sentence."""
    clone.write_stages("stage='dev'")
    clone.write("other/stacks/airflow-dev", "a file")

    line = refused(clone, CDKTF_OUTDIR="other")

    assert line.startswith("error: other cannot be written: Error: ENOTDIR: not a directory")


def test_a_file_without_permission_is_one_sentence(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without read permission is one sentence with its name."""
    run_here(clone, monkeypatch)

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "tasks/x/secret\n.py")

    monkeypatch.setattr(synthesis, "AirflowStack", denied)

    assert refused_here(clone) == r"error: tasks/x/secret\n.py cannot be used: Permission denied"


@pytest.mark.parametrize(
    ("module", "model"),
    [
        ("ec2_capacity", "Ec2Capacity"),
        ("existing", "ExistingNetwork"),
        ("key_versions", "KeyVersions"),
        ("pause_schedule", "PauseSchedule"),
        ("permission", "Permission"),
        ("process_settings", "TaskSize"),
        ("tags", "IgnoreTags"),
        ("worker_pool", "WorkerPool"),
    ],
)
def test_stages_may_import_a_model_from_its_old_module(
    module: str, model: str, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stages.py of the previous version works, with a warning that says what to write."""
    clone.write_stages("stage='dev'", lines=f"from constructs_lib.{module} import {model}")
    run_here(clone, monkeypatch)
    monkeypatch.delitem(sys.modules, f"constructs_lib.{module}", raising=False)

    assert command("policy", "operate", "--stage", "dev").errors == (
        f"warning: stages.py imports {model} from constructs_lib.{module}, which the next version removes; write"
        f" `from constructs_lib.settings import {model}`\n"
    )


@pytest.mark.parametrize(
    "lines",
    [
        "import constructs_lib.worker_pool\nWorkerPool = constructs_lib.worker_pool.WorkerPool",
        "import constructs_lib.worker_pool as pool\nWorkerPool = pool.WorkerPool",
        "from constructs_lib import worker_pool\nWorkerPool = worker_pool.WorkerPool",
        "from constructs_lib.worker_pool import *",
    ],
)
def test_every_kind_of_import_finds_an_old_module(lines: str, clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every form of import finds an old module and its names."""
    clone.write_stages("stage='dev', worker_pools={'spot': WorkerPool()}", lines=lines)
    run_here(clone, monkeypatch)
    monkeypatch.delitem(sys.modules, "constructs_lib.worker_pool", raising=False)

    errors = command("policy", "operate", "--stage", "dev").errors

    assert "from constructs_lib.settings import WorkerPool" in errors


def test_what_stages_prints_is_no_output_of_a_command(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is on standard error, so that the JSON of a command stays JSON."""
    clone.write_stages("stage='dev'", lines="print('hello')")
    run_here(clone, monkeypatch)

    ended = command("policy", "operate", "--stage", "dev")

    assert ended.errors == "hello\n"
    assert json.loads(ended.output)


def test_an_old_module_has_no_other_names(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelled name of an old module is refused."""
    clone.write_stages("stage='dev'", lines="from constructs_lib.worker_pool import WorkerPol")
    run_here(clone, monkeypatch)

    line = refused_here(clone)

    assert line.startswith("error: stages.py, line 3, raises ImportError: cannot import name 'WorkerPol'")
