"""
Run a process of Airflow that starts the code of DAGs, and keep the stack's secrets from that code.

`python -m airflow_fargate.secret_isolation <module> <arguments>`, with the secrets in a pipe instead of variables: what
a program is started with stays readable in /proc for as long as it lives. Here they become variables of this process
alone, until `forget`. Linux shows neither the memory nor the variables of this process and its children to others of
the same user (prctl(2), `PR_SET_DUMPABLE`); Airflow does so itself with the process that supervises a task.
"""

import ctypes
import json
import os
import runpy
import sys

from constructs_lib.shared.containers import SECRET_VARIABLES

PIPE = "AIRFLOW_FARGATE_SECRETS_PIPE"
MODULE = "airflow_fargate.secret_isolation"
SET_DUMPABLE = 4
"""`PR_SET_DUMPABLE` of <linux/prctl.h>."""


def hand_over() -> None:
    """Put the secrets of this process into a pipe for the program that it becomes."""
    reader, writer = os.pipe()
    secrets = {name: os.environ.pop(name) for name in sorted(SECRET_VARIABLES & os.environ.keys())}
    # Far less than the 64 KiB that a pipe holds.
    with os.fdopen(writer, "w", encoding="utf-8") as pipe:
        json.dump(secrets, pipe)
    os.set_inheritable(reader, True)  # noqa: FBT003 positional alone
    os.environ[PIPE] = str(reader)


def forget() -> None:
    """Take the secrets from the variables, for what runs in this process from now on and in its children."""
    for name in SECRET_VARIABLES & os.environ.keys():
        del os.environ[name]


def main() -> None:
    """Take the secrets out of the pipe, hide them from other processes, and become the module."""
    hide()
    with os.fdopen(int(os.environ.pop(PIPE)), encoding="utf-8") as pipe:
        os.environ |= json.load(pipe)
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def hide() -> None:
    """
    Keep other processes of the same user from this one's memory and variables.

    Raises:
        OSError: Linux refuses.

    """
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(SET_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")


if __name__ == "__main__":
    main()
