"""Free ports of the loopback interface."""

import socket
from typing import Self

from constructs_lib.shared.bad_input import BadInputError

HOST = "127.0.0.1"


class Ports:
    """
    Ports that are reserved for one start until its programs listen on them.

    A reservation is a bound UDP socket of the same number: another start sees it, and it does not block TCP.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def __enter__(self) -> Self:
        """Start without reservations."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release all reservations."""
        while self._held:
            self._held.pop().close()

    def free(self) -> int:
        """Reserve and return a port that no program listens on."""
        while not self._hold(port := free_port()):
            pass
        return port

    def of_ui(self, chosen: int | None, *, preferred: int) -> int:
        """
        Return the *chosen* port, or without one the *preferred* port if it is free, else any free one.

        Raises:
            BadInputError: another program uses *chosen*.

        """
        if not chosen:
            return preferred if self._take(preferred) else self.free()
        if not self._take(chosen):
            msg = f"port {chosen} is used by another program: choose another one, or leave it out to get a free one"
            raise BadInputError(msg)
        return chosen

    def _take(self, port: int) -> bool:
        return is_free(port) and self._hold(port)

    def _hold(self, port: int) -> bool:
        holder = socket.socket(type=socket.SOCK_DGRAM)
        try:
            holder.bind((HOST, port))
        except OSError:
            holder.close()
            return False
        self._held.append(holder)
        return True


def free_port() -> int:
    """Return a port that no program listens on now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether no program listens on *port*, on any address."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("", port))
        except OSError:
            return False
    return True
