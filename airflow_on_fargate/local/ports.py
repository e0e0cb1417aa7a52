"""Free ports of the loopback interface."""

import re
import socket
from typing import Self

from constructs_lib.shared.bad_input import BadInputError, shown

HOST = "127.0.0.1"
HIGHEST = 65535


class Ports:
    """
    Ports for one start, which no other start chooses meanwhile.

    The programs that will listen start later, so each port is held until then: by UDP, which has the same numbers and
    stands in no program's way.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def __enter__(self) -> Self:
        """Begin to choose."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hold none of them any more."""
        while self._held:
            self._held.pop().close()

    def free(self) -> int:
        """Return a port that nobody listens on now, and that is not held."""
        while not self._hold(port := free_port()):
            pass
        return port

    def of_ui(self, given: str | None, *, preferred: int) -> int:
        """
        Return the port that is *given*, or else the *preferred* one if it is free, or else a free one.

        Raises:
            BadInputError: *given* is no port, or somebody listens on it or is about to.

        """
        if not given:
            return preferred if self._take(preferred) else self.free()
        # Without more digits, which Python may refuse to read.
        if not re.fullmatch(r"\d{1,5}", given, re.ASCII) or not 0 < int(given) <= HIGHEST:
            msg = f"PORT must be a number from 1 to {HIGHEST}, got {shown(given)}"
            raise BadInputError(msg)
        if not self._take(int(given)):
            msg = f"PORT {given} is taken by another program; name another one, or none, and a free one is chosen"
            raise BadInputError(msg)
        return int(given)

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
    """Return a port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether nobody listens on *port*, on whichever address."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("", port))
        except OSError:
            return False
    return True
