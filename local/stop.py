"""Stop the stack on this machine, and remove what a crash of it has left behind."""

import shutil

from constructs_lib.shared.bad_input import BadInputError
from local.docker import PROCESS, TASK, remove_containers
from local.state import State
from local.supervisor import Supervisor


def stop(state: State) -> None:
    """
    Stop everything; what runs on is waited for as long as ECS would.

    Raises:
        BadInputError: nothing runs.

    """
    state.ready.unlink(missing_ok=True)
    supervisor = Supervisor(state)
    if running := supervisor.is_running():
        supervisor.shut_down()
    # Also when a process was killed: that ends `docker run`, and the container behind it goes on.
    if not (remove_containers(state, PROCESS, TASK) or running):
        msg = "nothing runs; make local starts it"
        raise BadInputError(msg)


def forget(state: State) -> None:
    """
    Remove all that the stack, which does not run, has kept.

    Raises:
        BadInputError: something cannot be removed.

    """
    shutil.rmtree(state.folder, ignore_errors=True)
    if state.folder.exists():
        msg = (
            f"not all of {state.folder} can be removed: what containers have written belongs to their user;"
            f" sudo rm -r {state.folder} removes it"
        )
        raise BadInputError(msg)
