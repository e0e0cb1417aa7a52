"""Bundles in Git in a process that has loaded Airflow once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.airflow_fargate.container import PROGRAMS, environment_with
from tests.airflow_fargate.dag_bundles.dag_bucket import BUCKET


class BundleError(Exception):
    """The sentence of an error of a bundle; *kind* is its class."""

    def __init__(self, sentence: str, kind: str) -> None:
        super().__init__(sentence)
        self.kind = kind


@dataclass(frozen=True)
class Bundle:
    """The bundle *key* of the process."""

    process: "BundleProcess"
    key: str

    def call(self, method: str, *, as_task: bool = False) -> tuple[Path, str]:
        """Call a *method*, and return the bundle's path and version after it."""
        found = self.process.ask("call_as_task" if as_task else "call", self.key, method)
        return Path(found["path"]), found["version"]


@dataclass
class BundleProcess:
    """Ask the process, whose bundles are below the folder *storage*."""

    storage: Path
    requests: IO[str]
    answers: IO[str]
    _count: int = 0

    def ask(self, function: str, *arguments: object) -> Any:  # noqa: ANN401 any JSON
        """Return what a *function* of the program returns."""
        print(json.dumps([function, *arguments]), file=self.requests, flush=True)
        answer = json.loads(self.answers.readline())
        if "error" in answer:
            raise BundleError(answer["error"], answer["kind"])
        return answer["result"]

    def bundle(self, **arguments: object) -> Bundle:
        """Create a bundle, whose table of deployed tasks is `tasks.json` in the bucket `dags-of-tests`."""
        self._count += 1
        self.ask("create", str(self._count), {"tasks_bucket": BUCKET, "tasks_key": "tasks.json", **arguments})
        return Bundle(self, str(self._count))


@contextmanager
def bundle_process(home: Path, **variables: str) -> Iterator[BundleProcess]:
    """Yield a process whose files are in *home*, a new folder."""
    storage = home / "bundles"
    variables = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(storage),
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "key",
        **variables,
    }
    with subprocess.Popen(
        [sys.executable, "-m", f"{PROGRAMS}.git_bundle"],
        env=environment_with(variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        yield BundleProcess(storage, process.stdin, process.stdout)
        process.stdin.close()
