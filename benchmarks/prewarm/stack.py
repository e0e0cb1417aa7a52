"""The stack of the benchmark: the project's copy with eight pools, whose workers the benchmark starts and stops."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.prewarm.history import make_history
from benchmarks.prewarm.pairs import write_bursts
from benchmarks.prewarm.scaling import Scaling
from benchmarks.reliability.stack import Stack
from benchmarks.running import running
from constructs_lib.settings.processes import AUTOSCALER

DAGS = Path(__file__).with_name("dags")
STAGES = Path(__file__).with_name("prewarm_stages.py").read_text()


@contextmanager
def prepared_stack(folder: Path, *, containers: bool) -> Iterator[tuple[Stack, Scaling]]:
    """Run the stack with a history of its DAGs, and without workers; with *containers* in those of the built image."""

    def prepare(project: Path) -> None:
        write_bursts(project / "dags", datetime.now(UTC))

    with running(folder, stages=STAGES, dags=DAGS, prepare=prepare, containers=containers) as started:
        stack = Stack(started.state)
        make_history(stack)
        scaling = Scaling(stack.state)
        scaling.write_counts()
        stack.supervisor.start(stack.program(AUTOSCALER.name))
        try:
            yield stack, scaling
        finally:
            scaling.stop()
