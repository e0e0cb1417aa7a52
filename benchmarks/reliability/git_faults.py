"""The faults of DAGs in Git: the remote is away, and its password changes."""

from pathlib import Path

from benchmarks.reliability import git_breaking as breaking
from benchmarks.reliability.breaking import AWAY_SEC, nothing
from benchmarks.reliability.fault import Fault

STAGES_FILE = Path(__file__).with_name("git_stages.py")

GIT_FAULTS = (
    Fault(
        key="git-changed",
        what="a commit is pushed while a run is active, for comparison",
        happen=breaking.push,
    ),
    Fault(
        key="git-away-parsing",
        what=f"the Git remote away for {AWAY_SEC} s when a commit has been pushed",
        happen=breaking.push_and_lose_remote,
        problem=breaking.not_missed,
    ),
    Fault(
        key="git-away-starting",
        what=f"the Git remote away for {AWAY_SEC} s while tasks start on a worker that does not have their commit",
        around=breaking.remote_away_for_new_commit,
        happen=nothing,
        problem=breaking.not_missed,
    ),
    Fault(
        key="git-rotated",
        what=f"the password of the Git remote changed {AWAY_SEC} s before the secret, while tasks start as above",
        around=breaking.password_changes_for_new_commit,
        happen=nothing,
        problem=breaking.not_refused,
    ),
)


def git_stages(url: str) -> str:
    """Return the stages.py of the stack whose repository is at *url*."""
    return STAGES_FILE.read_text(encoding="utf-8").replace("https://git.example.com/team/.git", url)
