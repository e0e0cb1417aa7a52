"""Who pushes, and from where."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.shared.bad_input import BadInputError, printable, shortened

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_on_fargate.dags.clients import Clients

ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BITBUCKET_STEP_TRIGGERER_UUID", "BUILD_REQUESTEDFOR")
"""The variables in which pipelines have the person who started them."""
LENGTH = 120


def account_of(clients: Clients) -> str:
    """
    Return the account of the caller.

    Raises:
        BadInputError: AWS is not reached, or there are no credentials.

    """
    return _identity(clients)["Account"]


def pushed_by(clients: Clients) -> str:
    """
    Return the caller: AWS has verified its ARN; in a pipeline the person who started it comes first.

    `ada (airflow-prod-dags/github)` is such a person with the role and its session; `user/ada` is a user of IAM.

    Raises:
        BadInputError: as `account_of`.

    """
    name = _identity(clients)["Arn"].split(":", 5)[5].removeprefix("assumed-role/")
    actor = next((os.environ[each] for each in ACTORS if os.environ.get(each)), "")
    return shortened(printable(f"{actor} ({name})" if actor else name), LENGTH)


def source_of(folder: Path) -> str:
    """Return the commit that *folder* has checked out, with `+` if files differ from it; empty without Git."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return ""
    return commit.strip() + ("+" if _git(folder, "status", "--porcelain", "--", ".") else "")


def _git(folder: Path, *words: str) -> str | None:
    try:
        run = subprocess.run(("git", "-C", folder, *words), capture_output=True, text=True, check=False)  # noqa: S607 wherever it is
    except OSError:
        return None
    return None if run.returncode else run.stdout


def _identity(clients: Clients) -> dict[str, str]:
    try:
        answer = clients.of("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        msg = f"AWS does not accept the credentials: {error}"
        raise BadInputError(msg) from error
    return {"Account": answer["Account"], "Arn": answer["Arn"]}
