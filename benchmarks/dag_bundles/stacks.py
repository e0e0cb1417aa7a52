"""The stacks of the benchmarks: a thousand DAG files, in the image or in a bundle."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.dag_bundles.many import FILES, write_pipelines
from benchmarks.dag_bundles.pusher import Pusher
from benchmarks.reliability.stack import Stack, wait_for
from benchmarks.running import running

DAGS = Path(__file__).with_name("dags")
PARSE_SEC = 3600
"""The time limit of the first parse of all files."""
IN_BUNDLE, IN_IMAGE = (Path(__file__).with_name(f"{name}_stages.py").read_text() for name in ("bundle", "image"))


@contextmanager
def in_image(folder: Path) -> Iterator[Stack]:
    """Run a stack with the DAGs in its image, when it has parsed all of them."""
    with _running(folder, stages=IN_IMAGE) as stack:
        yield stack


@contextmanager
def in_bundle(folder: Path, *, prepare: Callable[[Path], None] = lambda _: None) -> Iterator[tuple[Stack, Pusher]]:
    """Run a stack with the DAGs in a bundle, when it has parsed all of them; *prepare* is called with its project."""
    with _running(folder, stages=IN_BUNDLE, prepare=prepare) as stack:
        yield stack, Pusher(stack.state)


@contextmanager
def _running(folder: Path, *, stages: str, prepare: Callable[[Path], None] = lambda _: None) -> Iterator[Stack]:
    source = folder / "source"
    shutil.copytree(DAGS, source)
    write_pipelines(source)
    with running(folder / "project", stages=stages, dags=source, prepare=prepare) as started:
        stack = Stack(started.state)

        def parsed() -> int:
            [(count,)] = stack.sql("SELECT count(*) FROM dag WHERE NOT is_stale")
            return int(count)

        print("  Airflow parses all files", flush=True)
        wait_for(lambda: parsed() >= FILES, "all files to be parsed", limit_sec=PARSE_SEC)
        yield stack
