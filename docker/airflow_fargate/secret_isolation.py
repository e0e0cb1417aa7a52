"""
Keep the stack's secrets from the code of DAGs.

A process of Airflow that starts the code of DAGs runs as `python -m airflow_fargate.secret_isolation <module>
<arguments>`. It gets the secrets in a pipe instead of variables, because the variables with which a program starts stay
readable in /proc while it runs. Here they become variables of this process only, until `forget`. Linux shows neither
the memory nor the variables of this process and its children to other processes of the same user (prctl(2),
`PR_SET_DUMPABLE`). Airflow protects the supervisor of a task in the same way.

The first process of such a container is `run_as_init`. Docker's own init, which ECS would start there, shows its
variables, and with them the secrets of the container, to every process in it.
"""

import ctypes
import json
import os
import runpy
import signal
import sys
from typing import NoReturn

from constructs_lib.shared.containers import SECRET_VARIABLES

PIPE = "AIRFLOW_FARGATE_SECRETS_PIPE"
MODULE = "airflow_fargate.secret_isolation"
SET_DUMPABLE = 4
"""`PR_SET_DUMPABLE` of <linux/prctl.h>."""
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
"""The signals that the first process forwards. Linux delivers to process 1 only signals that it handles."""


def hand_over() -> None:
    """Put the secrets of this process into a pipe for the program that it becomes."""
    reader, writer = os.pipe()
    secrets = {name: os.environ.pop(name) for name in sorted(SECRET_VARIABLES & os.environ.keys())}
    # Far less than the 64 KiB that a pipe holds.
    with os.fdopen(writer, "w", encoding="utf-8") as pipe:
        json.dump(secrets, pipe)
    os.set_inheritable(reader, True)  # noqa: FBT003 a positional-only parameter
    os.environ[PIPE] = str(reader)


def forget() -> None:
    """Delete the variables with secrets: what runs later in this process and in its children does not have them."""
    for name in SECRET_VARIABLES & os.environ.keys():
        del os.environ[name]


def main() -> None:
    """Read the secrets from the pipe, hide them from other processes, and become the module."""
    hide()
    with os.fdopen(int(os.environ.pop(PIPE)), encoding="utf-8") as pipe:
        os.environ |= json.load(pipe)
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def hide() -> None:
    """
    Hide the memory and the variables of this process from other processes of the same user.

    Raises:
        OSError: Linux refuses.

    """
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(SET_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")


def run_as_init() -> None:
    """
    Return in a child of this process, which stays as the container's init.

    It forwards signals to the child, reaps orphaned processes, and exits with the child's exit code.
    """
    # Block signals, so that none is lost between the fork and the handlers.
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    child = os.fork()
    _stay_as_init(child) if child else _accept_signals()


def _accept_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)


def _stay_as_init(child: int) -> NoReturn:
    hide()
    for number in FORWARDED:
        signal.signal(number, lambda received, _: os.kill(child, received))
    _accept_signals()
    while True:
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            # As a shell: 128 plus the number of the signal that ended it.
            os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
