"""Promises of a push, and of what is visible of it meanwhile."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_on_fargate.dags.bucket import DagBucket
from airflow_on_fargate.dags.commands import DagCommands
from airflow_on_fargate.dags.local_files import local_files
from constructs_lib.shared.dag_manifest import Pointer, Switch
from constructs_lib.shared.dag_version import MAX_PACKS, version_of
from tests.airflow_on_fargate.dags.bundles import KEYS, StageBucket, dags, push, pushed
from tests.command import command

# Each push runs git, and moto takes a tenth of a second for it.
pytestmark = pytest.mark.programs

OTHER = "0123456789abcdef0123"


def refusal(*words: str) -> str:
    """Push, which must be refused, and return the sentence."""
    ended = push(*words)

    assert ended.code == 1
    return ended.errors.splitlines()[-1]


def test_a_push_makes_the_files_the_current_version(project: Path, bucket: StageBucket) -> None:
    """A push shows what is new, writes a pack, the manifest and the pointer, and records who has pushed."""
    (project / "dags/__pycache__").mkdir()
    (project / "dags/__pycache__/a.pyc").touch()
    (project / "dags/.airflowignore").write_text("sub\n")

    ended = push("--note", "first")

    pointer, manifest = bucket.pointer(), bucket.manifest()
    [pack] = manifest.packs
    assert bucket.keys() == [KEYS.current, KEYS.pack(pack), KEYS.manifest(manifest.version)]
    assert list(manifest.files) == ["dags/.airflowignore", "dags/a.py", "dags/sub/b.py", "tasks/hello/task.toml"]
    assert manifest.dags == {"dags/a.py": ["a"], "dags/sub/b.py": ["b"]}
    assert pointer.history[0].note == "first"
    assert pointer.history[0].pushed_by == manifest.pushed_by == "user/moto"
    assert ended.output.splitlines() == [
        "  + DAG a",
        "  + DAG b",
        *(f"  + {path}" for path in manifest.files),
        f"the bundle dags of airflow-dev has version {manifest.version} (4 files)",
    ]


def test_only_new_content_is_uploaded(project: Path, bucket: StageBucket) -> None:
    """A second push uploads a pack with what is new; other files stay in their pack, also under another name."""
    pushed()
    [first] = bucket.manifest().packs
    (project / "dags/a.py").write_text("changed")
    (project / "dags/sub/b.py").rename(project / "dags/c.py")

    ended = push()

    files = bucket.manifest().files
    assert {path for path, file in files.items() if file.pack == first} == {"dags/c.py", "tasks/hello/task.toml"}
    assert ended.output.splitlines()[:4] == ["  + DAG c", "  ~ DAG a", "  - DAG b", "  + dags/c.py"]


def test_a_push_without_changes_does_nothing(bucket: StageBucket) -> None:
    """If the files are the current version, nothing is checked or written."""
    version = pushed()
    before = bucket.pointer()

    assert push().output == f"the bundle dags of airflow-dev already has these files: version {version}\n"
    assert bucket.pointer() == before


def test_many_packs_become_one(project: Path, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version has at most eight packs: a push that would need more writes all files into one."""
    monkeypatch.setattr("airflow_on_fargate.dags.push.MAX_PACKS", 2)
    counts = []
    for number in range(3):
        (project / f"dags/{number}.py").write_text(str(number))
        pushed()
        counts.append(len(bucket.manifest().packs))

    assert counts == [1, 2, 1]
    assert MAX_PACKS == 8


def test_an_older_version_is_not_uploaded_again(project: Path, bucket: StageBucket) -> None:
    """A push of the files of an earlier version uses its packs."""
    first = pushed()
    (project / "dags/a.py").write_text("changed")
    pushed()
    (project / "dags/a.py").write_text("a")
    before = bucket.keys()

    assert pushed() == first
    assert bucket.keys() == before


def test_a_replaced_version_is_as_old_as_its_replacement(project: Path, bucket: StageBucket) -> None:
    """A push or a rollback rewrites the manifest of the replaced version, and its retention time starts then."""
    first = pushed()
    manifest = bucket.manifest()
    for change in (pushed, lambda: dags("rollback", "--no-wait")):
        replaced = bucket.pointer().version
        bucket.make_old(KEYS.manifest(replaced), days=40)
        (project / "dags/a.py").write_text("changed")
        change()

        assert bucket.pointer().version != replaced
        assert bucket.age(KEYS.manifest(replaced)) < timedelta(minutes=5)
    assert bucket.pointer().version == first
    assert bucket.manifest() == manifest


def test_a_replaced_version_is_not_overwritten(
    project: Path, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If another push repairs the replaced version at that moment, its manifest stays as that push has written it."""
    replaced = pushed()
    (project / "dags/a.py").write_text("changed")
    repaired = json.dumps({**json.loads(bucket.manifest().to_json()), "pushed_by": "other"})
    between("replace", DagBucket, lambda: bucket.put(KEYS.manifest(replaced), repaired), monkeypatch)

    pushed()

    assert bucket.pointer().previous == replaced
    assert bucket.content(KEYS.manifest(replaced)) == repaired


def test_a_version_whose_manifest_is_gone_can_be_pushed_over(project: Path, bucket: StageBucket) -> None:
    """A push uploads all files if the manifest of the current version was removed."""
    bucket.delete(KEYS.manifest(pushed()))
    (project / "dags/a.py").write_text("changed")

    pushed()

    assert len(bucket.manifest().packs) == 1


def test_a_push_repairs_a_version_whose_pack_is_gone(project: Path, bucket: StageBucket) -> None:
    """A push of the same files uploads those of a pack that was removed, and keeps the other packs."""
    pushed()
    [first] = bucket.manifest().packs
    (project / "dags/a.py").write_text("changed")
    version = pushed()
    [second] = set(bucket.manifest().packs) - {first}
    bucket.delete(KEYS.pack(first))

    assert pushed() == version
    packs = set(bucket.manifest().packs)
    assert second in packs
    assert {KEYS.pack(pack) for pack in packs} <= set(bucket.keys())


@pytest.mark.parametrize("change", ["changed", "a"])
@pytest.mark.parametrize("text", ["{", '{"format": 1, "history": [{"version": "../x"}]}'])
def test_a_push_replaces_a_damaged_pointer(text: str, change: str, project: Path, bucket: StageBucket) -> None:
    """A push writes a damaged pointer again, with itself as the only switch, and says so."""
    first = pushed()
    bucket.put(KEYS.current, text)
    assert dags("list").errors.endswith("; push a version again\n")
    (project / "dags/a.py").write_text(change)

    ended = push()

    assert ended.output.splitlines()[0] == (
        "s3://airflow-dev-dags-123456789012-eu-central-1/dags/dags/current.json is damaged: the push writes it again,"
        " without the earlier switches"
    )
    assert len(bucket.pointer().history) == 1
    assert (bucket.pointer().version == first) == (change == "a")


@pytest.mark.parametrize("change", ["changed", "a"])
@pytest.mark.parametrize("text", ["{", '{"format": 1, "files": {"../x": 1}}', "other"])
def test_a_push_replaces_a_damaged_manifest(text: str, change: str, project: Path, bucket: StageBucket) -> None:
    """A push after the current manifest was damaged uploads all files, also if they are that version."""
    (project / "dags/a.py").write_text("other")
    pushed()
    other = bucket.manifest().to_json().decode()
    (project / "dags/a.py").write_text("a")
    damaged = pushed()
    bucket.put(KEYS.manifest(damaged), other if text == "other" else text)
    (project / "dags/a.py").write_text(change)

    version = pushed()

    assert (version == damaged) == (change == "a")
    assert bucket.manifest().version == version
    assert len(bucket.manifest().packs) == 1
    assert len(bucket.pointer().history) == 3


def test_documents_of_another_release_are_not_replaced(project: Path, bucket: StageBucket) -> None:
    """A pointer of another format is no damage: the push is refused, and the pointer stays."""
    pushed()
    (project / "dags/a.py").write_text("changed")
    bucket.put(KEYS.current, '{"format": 2}')

    assert refusal().endswith("has the format 2, but this program reads 1; use the stage's release")
    assert bucket.content(KEYS.current) == '{"format": 2}'


def test_a_note_is_one_line(bucket: StageBucket) -> None:
    """A note that would break the list, or write to the terminal of whoever reads it, is refused."""
    assert refusal("--note", "a\nb\x1b") == r"error: --note must be one line of printable characters, got 'a\nb\x1b'"
    assert not set(bucket.keys()) & {KEYS.current}


def between(method: str, owner: type, action: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let *action* happen once, just before *method* of *owner* is called."""
    original, left = getattr(owner, method), [action]

    def patched(*arguments: object, **more: object) -> object:
        if left:
            left.pop()()
        return original(*arguments, **more)

    monkeypatch.setattr(owner, method, patched)


@pytest.mark.parametrize(
    ("method", "owner", "is_first"),
    [("_check", DagCommands, True), ("upload", DagBucket, False), ("replace", DagBucket, False)],
)
def test_of_two_pushes_at_once_one_wins(
    method: str, owner: type, project: Path, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch, *, is_first: bool
) -> None:
    """The push that switches first wins, whatever the other has done until then, which gets one sentence."""
    if not is_first:
        pushed()
    (project / "dags/a.py").write_text("mine")

    def other() -> None:
        (project / "dags/a.py").write_text("other")
        pushed("--note", "other")
        (project / "dags/a.py").write_text("mine")

    between(method, owner, other, monkeypatch)

    sentence = refusal()

    winner = bucket.pointer()
    assert winner.history[0].note == "other"
    assert sentence == (
        "error: the bundle dags of airflow-dev has changed meanwhile, nothing was switched: user/moto has switched it"
        f" to {winner.version}; look at it and push again"
    )


def test_a_pointer_that_is_removed_meanwhile_is_one_sentence(
    project: Path, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A push does not write the pointer of a bundle whose objects somebody removes."""
    pushed()
    (project / "dags/a.py").write_text("mine")
    between("replace", DagBucket, lambda: bucket.delete(KEYS.current), monkeypatch)

    assert "nothing was switched: its pointer was removed; " in refusal()


def test_a_lost_answer_is_no_conflict(project: Path, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """If S3 has switched, but the answer was lost and the request sent again, the push has succeeded."""
    original = DagBucket.replace

    def twice(*arguments: object) -> None:
        original(*arguments)  # type: ignore[arg-type] # as they came
        original(*arguments)  # type: ignore[arg-type] # as above

    monkeypatch.setattr(DagBucket, "replace", twice)

    assert pushed() == bucket.pointer().version
    assert (project / "dags/a.py").exists()


def test_a_file_that_changes_meanwhile_is_refused(
    project: Path, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version has the content that was checked: a file that changes after that is one sentence."""
    between("_check", DagCommands, lambda: (project / "dags/a.py").write_text("changed"), monkeypatch)

    assert refusal().endswith("dags/a.py' has changed while it was packed; push again")
    assert bucket.keys() == []


def test_a_stage_that_is_not_deployed_is_refused(bucket: StageBucket) -> None:
    """Without the table of task folders the sentence has the command that deploys."""
    bucket.delete("dags/tasks.json")

    assert refusal() == (
        "error: the stage is not deployed with this bundle,"
        " s3://airflow-dev-dags-123456789012-eu-central-1/dags/tasks.json is missing; run airflow-fargate deploy"
        " --stage dev first"
    )


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2, "tasks": {}}', '{"format": 1}'])
def test_a_damaged_table_of_tasks_is_one_sentence(text: str, bucket: StageBucket) -> None:
    """The sentence names the object, and has the command that writes it again."""
    bucket.put("dags/tasks.json", text)

    assert refusal().endswith("/dags/tasks.json is damaged; airflow-fargate deploy --stage dev writes it again")


@pytest.mark.parametrize(
    ("variable", "name"),
    [("GITHUB_ACTOR", "ada (user/moto)"), ("GITLAB_USER_LOGIN", "ada (user/moto)"), ("OTHER", "user/moto")],
)
def test_a_pipeline_names_the_person(
    variable: str, name: str, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pipeline the person who has started it comes first, and then the caller whom AWS has verified."""
    monkeypatch.setenv(variable, "ada")
    pushed()

    assert bucket.pointer().history[0].pushed_by == name


def test_the_history_has_the_switches(project: Path, bucket: StageBucket) -> None:
    """The list has each switch, newest first, with what it has changed; JSON has the ids of the DAGs."""
    bucket.put(KEYS.current, Pointer((Switch(OTHER, "2026", "eve", ""),)).to_json().decode())
    first = pushed()
    (project / "dags/a.py").write_text("changed")
    second = pushed("--note", "fix")

    lines = dags("list").output.splitlines()

    assert [line.split()[0] for line in lines] == ["*", first, OTHER]
    assert lines[0].startswith(f"*  {second}  ")
    assert lines[0].endswith("3 files  DAGs +0 ~1 -0     user/moto  fix")
    assert "removed" in lines[2]
    assert [line.endswith("user/moto") for line in lines] == [False, True, False]
    newest = command("dags", "list", "--stage", "dev", "--json").output
    assert '"changed": [\n        "a"\n      ]' in newest


def test_a_bundle_without_versions_has_an_empty_list(bucket: StageBucket) -> None:
    """Before the first push the list says so, and its JSON is empty."""
    assert bucket.keys() == []
    assert dags("list").output == "the bundle dags of airflow-dev has no version yet\n"
    assert dags("list", "--json").output == "[]\n"


@pytest.mark.parametrize(
    ("method", "owner", "sentence"),
    [
        ("_check", DagCommands, "nothing was switched: the bundle has the version that it had"),
        ("upload", DagBucket, "nothing was switched: the bundle has the version that it had"),
        (
            "replace",
            DagBucket,
            "whether version {} is current is not known: airflow-fargate dags list --stage dev shows it",
        ),
    ],
)
def test_ctrl_c_says_what_is_current(
    method: str, owner: type, *, sentence: str, project: Path, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C before the switch, or while S3 is asked for it, is one sentence about the current version."""
    before = pushed()
    (project / "dags/a.py").write_text("mine")
    version = version_of(local_files(project, tasks=project / "tasks"))

    original = getattr(owner, method)

    def interrupt(*arguments: Any) -> Any:  # noqa: ANN401 as they came
        if method == "replace" and arguments[1] != KEYS.current:
            return original(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, method, interrupt)
    ended = push()

    assert (ended.code, ended.errors) == (130, f"\ninterrupted; {sentence.format(version)}\n")
    assert bucket.pointer().version == before
