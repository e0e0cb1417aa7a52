import socket

import pytest

from airflow_on_fargate.local.ports import HOST, Ports, free_port
from constructs_lib.shared.bad_input import BadInputError


def test_the_preferred_port_is_taken_if_it_is_free() -> None:
    """The preferred port is used if it is free."""
    port = free_port()

    assert Ports().of_ui(None, preferred=port) == port


def test_another_port_is_found_if_the_preferred_one_is_taken() -> None:
    """Another port is used if the preferred one is in use."""
    with socket.create_server((HOST, 0)) as other:
        taken = other.getsockname()[1]

        assert Ports().of_ui(None, preferred=taken) != taken


def test_a_chosen_port_that_is_taken_is_refused() -> None:
    """A chosen port that is in use is refused."""
    with socket.create_server((HOST, 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(BadInputError, match=f"^port {taken} is used by another program: "):
            Ports().of_ui(taken, preferred=1)


def test_two_starts_choose_no_port_twice() -> None:
    """Two starts never choose the same port, also before their programs listen."""
    preferred = free_port()
    with Ports() as first:
        chosen = {first.of_ui(None, preferred=preferred), *(first.free() for _ in range(20))}
        with Ports() as second:
            others = {second.of_ui(None, preferred=preferred), *(second.free() for _ in range(20))}
            with pytest.raises(BadInputError, match=f"^port {preferred} is used by another program: "):
                second.of_ui(preferred, preferred=1)

    assert preferred in chosen
    assert not chosen & others
    with Ports() as third:
        assert third.of_ui(preferred, preferred=1) == preferred


def test_a_program_listens_on_the_port_that_is_held_for_it() -> None:
    """A program can listen on a reserved port."""
    with Ports() as ports, socket.create_server((HOST, ports.free())) as server:
        assert server.getsockname()[1]


def test_a_port_that_another_start_holds_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that another start has reserved is skipped, although no program listens on it."""
    offered = [free_port(), free_port()]
    with Ports() as first, Ports() as second:
        first.of_ui(offered[0], preferred=1)
        monkeypatch.setattr("airflow_on_fargate.local.ports.free_port", iter(offered).__next__)

        assert second.free() == offered[1]
