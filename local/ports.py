"""Free ports of the loopback interface."""

import re
import socket

from constructs_lib.shared.bad_input import BadInputError, shown

HOST = "127.0.0.1"
HIGHEST = 65535


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


def ui_port(given: str | None, *, preferred: int) -> int:
    """
    Return the port that is *given*, or else the *preferred* one if it is free, or else a free one.

    Raises:
        BadInputError: *given* is no port, or somebody listens on it.

    """
    if not given:
        return preferred if is_free(preferred) else free_port()
    # Without more digits, which Python may refuse to read.
    if not re.fullmatch(r"\d{1,5}", given, re.ASCII) or not 0 < int(given) <= HIGHEST:
        msg = f"PORT must be a number from 1 to {HIGHEST}, got {shown(given)}"
        raise BadInputError(msg)
    if not is_free(int(given)):
        msg = f"PORT {given} is taken by another program; name another one, or none, and a free one is chosen"
        raise BadInputError(msg)
    return int(given)
