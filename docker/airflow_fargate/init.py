"""
The first process of a container that starts the code of DAGs.

Docker's own init, which ECS would put there, shows its variables, and with them the secrets of the container, to
everything that runs in it. This one hides them. It hands signals on, which Linux keeps from process 1 as long as it
does not handle them, reaps what is orphaned, and ends as its child does.
"""

import os
import signal

from airflow_fargate.secret_isolation import hide

HANDED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def stand_before() -> None:
    """Return in a child of this process, which stays to watch over it."""
    # None is lost between the two.
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDED_ON)
    child = os.fork()
    if child:
        hide()
        for number in HANDED_ON:
            signal.signal(number, lambda received, _: os.kill(child, received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDED_ON)
    while child:
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            # As a shell: 128 and the number of the signal that has ended it.
            os._exit(code if code >= 0 else 128 - code)
