"""Promises of rollbacks and comparisons."""

import json
from pathlib import Path

import pytest

from airflow_on_fargate.dags.checks import Checks
from constructs_lib.shared.bad_input import BadInputError
from tests.airflow_on_fargate.dags.bundles import KEYS, NAME, StageBucket, dags, push, pushed
from tests.command import Ended

# Each push runs git, and moto takes a tenth of a second for it.
pytestmark = pytest.mark.programs


@pytest.fixture(name="versions")
def _versions(project: Path, bucket: StageBucket) -> list[str]:
    """Push three versions, and return them, oldest first."""
    assert bucket.keys() == []
    found = []
    for text in ("a", "second", "third"):
        (project / "dags/a.py").write_text(text)
        found.append(pushed())
    return found


def rollback(*words: str) -> Ended:
    """Roll back, without waiting for a dag-processor."""
    return dags("rollback", "--no-wait", *words)


def refusal(ended: Ended) -> str:
    """Return the sentence of a refusal."""
    assert ended.code == 1
    return ended.errors.strip()


def test_a_rollback_makes_the_version_before_the_current_one(versions: list[str], bucket: StageBucket) -> None:
    """Without a version it is the one before; the history has it, and a second rollback undoes the first."""
    first = rollback()

    newest = bucket.pointer().history[0]
    assert first.output.splitlines() == [
        "  ~ DAG a",
        "  ~ dags/a.py",
        f"the bundle dags of airflow-dev has version {versions[1]} again",
    ]
    assert (newest.version, newest.note) == (versions[1], f"rollback from {versions[2]}")
    rollback()
    assert bucket.pointer().version == versions[2]


def test_a_rollback_to_a_version_that_is_named(versions: list[str], bucket: StageBucket) -> None:
    """The first digits are enough, and the current version is left as it is."""
    rollback(versions[0][:6])

    assert bucket.pointer().version == versions[0]
    assert rollback(versions[0]).output == (
        f"{versions[0]} is already the current version of the bundle dags of airflow-dev\n"
    )
    assert len(bucket.pointer().history) == 4


@pytest.mark.usefixtures("versions")
@pytest.mark.parametrize("text", ["0" * 20, "../../x"])
def test_a_version_that_does_not_exist_is_refused(text: str) -> None:
    """The sentence has the command that lists the versions."""
    assert refusal(rollback("--", text)).endswith("; airflow-fargate dags list --stage dev has them")


@pytest.mark.parametrize("length", [0, 3])
def test_few_digits_of_a_version_are_refused(length: int, versions: list[str]) -> None:
    """Fewer than four digits name no version, and none at all not the version before."""
    text = versions[0][:length]

    assert refusal(rollback("--", text)) == f"error: write 4 digits of a version or more, got {text!r}"


def test_digits_of_several_versions_are_refused(bucket: StageBucket) -> None:
    """The sentence says how many versions start with them."""
    history = [{"version": f"abcd{number:016}", "pushed_at": "", "pushed_by": "", "note": ""} for number in range(2)]
    bucket.put(KEYS.current, json.dumps({"format": 1, "history": history}))

    assert refusal(rollback("abcd")) == (
        "error: 'abcd' is the start of 2 versions of the bundle dags of airflow-dev; write more of its digits"
    )


def test_a_version_that_was_removed_is_refused(versions: list[str], bucket: StageBucket) -> None:
    """The sentence says why, and nothing is switched."""
    bucket.delete(KEYS.manifest(versions[1]))

    assert refusal(rollback()) == (
        f"error: the bundle dags of airflow-dev has no version {versions[1]}, or it was removed because of its age;"
        " airflow-fargate dags list --stage dev has others"
    )
    assert bucket.pointer().version == versions[2]


def test_a_rollback_from_a_version_that_was_removed(versions: list[str], bucket: StageBucket) -> None:
    """A current version without a manifest can be left."""
    bucket.delete(KEYS.manifest(versions[2]))

    assert rollback().code == 0
    assert bucket.pointer().version == versions[1]


def test_a_rollback_to_a_version_without_its_pack_is_refused(
    project: Path, versions: list[str], bucket: StageBucket
) -> None:
    """A version that lacks a pack does not become current; after a push of its files it is whole again."""
    rollback(versions[0])
    [pack] = bucket.manifest().packs
    rollback(versions[2])
    bucket.delete(KEYS.pack(pack))

    assert refusal(rollback(versions[0])) == (
        f"error: version {versions[0]} of the bundle dags of airflow-dev is incomplete: somebody has removed"
        f" s3://{NAME}/{KEYS.pack(pack)}; push its files again"
    )
    assert bucket.pointer().version == versions[2]
    (project / "dags/a.py").write_text("a")
    assert pushed() == versions[0]
    assert {KEYS.pack(each) for each in bucket.manifest().packs} <= set(bucket.keys())


def test_a_damaged_version_can_be_left(versions: list[str], bucket: StageBucket) -> None:
    """The list shows a version whose manifest is damaged; a rollback leaves it, and does not switch to it."""
    bucket.put(KEYS.manifest(versions[2]), "{")

    lines = dags("list").output.splitlines()
    assert [("damaged" in line, versions[2] in line) for line in lines] == [
        (True, True),
        (False, False),
        (False, False),
    ]
    assert rollback().code == 0
    assert bucket.pointer().version == versions[1]
    assert refusal(rollback()).endswith(f"{versions[2]}.json is damaged: it is not JSON; push a version again")
    assert bucket.pointer().version == versions[1]


def test_nothing_to_roll_back_to_is_refused(bucket: StageBucket) -> None:
    """A bundle without versions, and one with its first version, are one sentence each."""
    assert bucket.keys() == []
    assert refusal(rollback()) == (
        "error: the bundle dags of airflow-dev has no version yet; run airflow-fargate dags push --stage dev"
    )
    version = pushed()

    assert refusal(rollback()) == (
        f"error: the bundle dags of airflow-dev has no version before {version}, which is its first one"
    )


def test_a_comparison_with_the_local_files(project: Path, versions: list[str]) -> None:
    """Without a version it is from the current one to the local files, with the DAGs that a push would find."""
    assert dags("diff").output == "No file differs\n"
    (project / "dags/a.py").write_text("fourth")
    (project / "dags/c.py").write_text("c")
    (project / "dags/sub/b.py").unlink()

    lines = dags("diff").output.splitlines()

    assert lines == ["  + DAG c", "  ~ DAG a", "  - DAG b", "  + dags/c.py", "  ~ dags/a.py", "  - dags/sub/b.py"]
    assert json.loads(dags("diff", versions[2], "--json").output) == {
        "files": {"added": ["dags/c.py"], "changed": ["dags/a.py"], "removed": ["dags/sub/b.py"]},
        "dags": {"added": ["c"], "changed": ["a"], "removed": ["b"]},
    }


def test_a_comparison_with_wrong_dags_shows_the_files(
    project: Path, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a push would be refused, the DAGs of changed files are the old ones, and the reason is shown."""

    def refuse(*_: object) -> None:
        msg = "dags/c.py cannot be imported: OSError"
        raise BadInputError(msg)

    pushed()
    manifest = bucket.manifest()
    monkeypatch.setattr(Checks, "run", refuse)
    (project / "dags/a.py").write_text("fourth")
    (project / "dags/c.py").write_text("c")

    ended = dags("diff", "--json")

    assert json.loads(ended.output) == {
        "files": {"added": ["dags/c.py"], "changed": ["dags/a.py"], "removed": []},
        "dags": {"added": [], "changed": ["a"], "removed": []},
    }
    assert ended.errors == ("Which DAGs are in a changed file is not known: dags/c.py cannot be imported: OSError\n")
    bucket.put(KEYS.manifest(manifest.version), json.dumps({**json.loads(manifest.to_json()), "dags": None}))
    assert json.loads(dags("diff", "--json").output)["dags"] is None


def test_a_comparison_of_two_versions(project: Path, versions: list[str]) -> None:
    """With two versions the local files do not matter."""
    (project / "dags/sub/b.py").unlink()

    assert dags("diff", versions[0], versions[1][:8]).output.splitlines() == ["  ~ DAG a", "  ~ dags/a.py"]
    assert "unexpected extra argument (x)" in dags("diff", *versions[:2], "x").errors


def test_a_comparison_before_the_first_push(bucket: StageBucket) -> None:
    """All local files are new."""
    assert bucket.keys() == []
    assert dags("diff").output.splitlines() == [
        "  + DAG a",
        "  + DAG b",
        "  + dags/a.py",
        "  + dags/sub/b.py",
        "  + tasks/hello/task.toml",
    ]


def test_long_lists_are_cut(project: Path, bucket: StageBucket) -> None:
    """Twenty lines of each kind are shown, and how many more there are."""
    for number in range(30):
        (project / f"dags/{number:02}.py").touch()
    assert bucket.keys() == []

    lines = push().output.splitlines()

    assert (lines[20], lines[41], len(lines)) == ("  + 12 more DAGs", "  + 13 more files", 43)
