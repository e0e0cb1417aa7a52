"""
Push DAGs from the folder of a project to each bundle that an argument names, and be killed.

The bundle `after2` is killed after the second request that writes, `before2` just before it.
"""

import os
import signal
import sys
from typing import Any

from botocore.httpsession import URLLib3Session

from airflow_on_fargate.cli.main import main
from airflow_on_fargate.dags.checks import Checked
from airflow_on_fargate.dags.commands import DagCommands

DagCommands._check = lambda *_: Checked({})  # type: ignore[method-assign]
original = URLLib3Session.send


def push(bundle: str, number: int, *, after: bool) -> None:
    """Push to *bundle*, and be killed at the request *number* that writes."""
    left = [number]

    def send(session: URLLib3Session, request: Any) -> Any:  # noqa: ANN401 botocore's own
        if request.method != "PUT":
            return original(session, request)
        left[0] -= 1
        if left[0] == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = original(session, request)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(URLLib3Session, "send", send)  # noqa: B010 mypy refuses an assignment
    main(["dags", "push", "--no-wait", "--stage", "dev", "--bundle", bundle])


for bundle in sys.argv[1:]:
    child = os.fork()
    if not child:
        push(bundle, int(bundle[-1]), after=bundle.startswith("after"))
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        sys.exit(f"the push to {bundle} was not killed")
