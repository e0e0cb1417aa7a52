"""A fault, and the limits of its effects."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from benchmarks.reliability.stack import Stack


@contextmanager
def _nothing(_: Stack) -> Iterator[None]:
    yield


def _no_problem(_: Stack) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """
    A row of the matrix.

    `happen` causes the fault and returns after its end, or at once if the stack itself must recover. It is called when
    `began` tasks have started, or with `in_container` the one in a container; with 0, before the work starts. `around`
    is a context around the work. `problem` returns what else is wrong afterwards. `conf` is that of the DAG run.
    `retries` is the maximum number of tries that the fault may kill.
    """

    key: str
    what: str
    happen: Callable[[Stack], None]
    began: int = 2
    in_container: bool = False
    around: Callable[[Stack], AbstractContextManager[None]] = _nothing
    problem: Callable[[Stack], str] = _no_problem
    conf: Mapping[str, object] = field(default_factory=dict)
    retries: int = 0


@dataclass(frozen=True, kw_only=True)
class Row:
    """The effects of a fault."""

    key: str
    """The fault's."""
    lost: int
    """Tasks that did not succeed."""
    twice: int
    """Tasks that ran to their end more than once."""
    retried: int
    """Tries in addition to the first one of each task."""
    recovered_sec: float
    """From the end of the fault until a task of a new run has ended."""
    problem: str
    wrong_version: int | None = None
    """Tasks that read a file of another version than their run's; None without a bundle."""

    def is_good(self, fault: Fault) -> bool:
        """Whether the effects are within the limits of the *fault*."""
        return not (self.lost or self.twice or self.wrong_version or self.problem) and self.retried <= fault.retries
