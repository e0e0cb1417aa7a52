import socket

import pytest

from constructs_lib.shared.bad_input import BadInputError, shown
from local.ports import HOST, free_port, ui_port


def test_the_preferred_port_is_taken_if_it_is_free() -> None:
    """People find the UI where they found it yesterday."""
    port = free_port()

    assert ui_port(None, preferred=port) == port


def test_another_port_is_found_if_the_preferred_one_is_taken() -> None:
    """Two projects run side by side."""
    with socket.create_server((HOST, 0)) as other:
        taken = other.getsockname()[1]

        assert ui_port(None, preferred=taken) != taken


def test_a_given_port_that_is_taken_is_refused() -> None:
    """Who names a port means that one."""
    with socket.create_server((HOST, 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(BadInputError, match=f"^PORT {taken} is taken by another program; "):
            ui_port(str(taken), preferred=1)


@pytest.mark.parametrize("given", ["web", "0", "65536", "-1", "80.5", "٣", "9" * 5000, "\x1b[2J"])
def test_what_is_no_port_is_refused(given: str) -> None:
    """The sentence tells what was got and what is allowed."""
    with pytest.raises(BadInputError) as refused:
        ui_port(given, preferred=1)

    assert str(refused.value) == f"PORT must be a number from 1 to 65535, got {shown(given)}"
