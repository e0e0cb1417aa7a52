"""Check the DAGs of a folder before they are pushed, as the stage's dag-processor would parse them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import Progress

from airflow_on_fargate.advice import advised
from airflow_on_fargate.dags.dag_environment import dag_environment, without_airflow
from airflow_on_fargate.dags.import_error import import_error
from airflow_on_fargate.local.airflow_packages import install_packages, packages_folder
from airflow_on_fargate.local.state import State
from constructs_lib.push_image.product_files import link_library
from constructs_lib.shared.bad_input import BadInputError, printable, shown
from constructs_lib.shared.dag_version import DAGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from rich.console import Console

    from constructs_lib.settings.settings import Settings

PROGRAM = Path(__file__).with_name("check_program.py")
DEPTH = "AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH"
"""Airflow's default, 2, has only frames of Airflow if an operator refuses an argument."""
QUOTED = re.compile(r"queue=('[^']*')")


@dataclass(frozen=True, kw_only=True)
class Checks:
    """
    The checks of `dags/` in *folder* for *bundle* of the stage with these *settings*.

    *project* has `plugins/` and `requirements.txt`, *tasks* is its `tasks/`. *deployed* are the task folders that the
    stage has, *others* the ids of DAGs in its other bundles, each with the bundle.
    """

    settings: Settings
    bundle: str
    project: Path
    folder: Path
    tasks: Path
    deployed: Collection[str]
    others: Mapping[str, str] = field(default_factory=dict)

    def run(self, console: Console) -> dict[str, list[str]]:
        """
        Return the ids of the DAGs in each file, and show the progress.

        Raises:
            BadInputError: a DAG file is wrong, or there is none. The other faults are printed before.

        """
        if not find_spec("airflow"):
            msg = (
                f"the DAGs cannot be checked: airflow is not installed in {sys.prefix}; run: pip install"
                " 'airflow-on-fargate[local]'"
            )
            raise BadInputError(msg)
        found = self._parse(console)
        ids = {f"{DAGS}/{each['file']}": sorted(each["dags"]) for each in found}
        faults = list(self._faults(found))
        if not faults and not any(ids.values()):
            msg = f"{(self.folder / DAGS).absolute()} has no DAG: a push would remove all DAGs of the bundle"
            raise BadInputError(msg)
        if len(faults) == 1:
            raise BadInputError(faults[0])
        for each in faults:
            console.print(f"error: {each}", markup=False, soft_wrap=True)
        if faults:
            msg = f"nothing was pushed, because the DAGs have these {len(faults)} errors"
            raise BadInputError(msg)
        return {path: each for path, each in ids.items() if each}

    def _parse(self, console: Console) -> list[dict[str, Any]]:
        state = State(self.project / ".local")
        with console.status("Installing requirements.txt"):
            install_packages(state, self.project)
        with tempfile.TemporaryDirectory(prefix="dag-checks-") as home:
            library = Path(home, "lib")
            link_library(library)
            variables = {
                **without_airflow(os.environ),
                **dag_environment(self.settings, project=self.project, tasks=self.tasks, home=Path(home)),
                "AIRFLOW__CORE__DAGS_FOLDER": str(self.folder / DAGS),
                "PYTHONPATH": os.pathsep.join(map(str, (library, packages_folder(state)))),
                DEPTH: "100",
            }
            return self._run_program(variables, console)

    def _run_program(self, variables: Mapping[str, str], console: Console) -> list[dict[str, Any]]:
        arguments = (str((self.folder / DAGS).absolute()), self.bundle, str(os.cpu_count() or 1))
        with (
            tempfile.TemporaryFile() as errors,
            subprocess.Popen(
                # Without the folder of the program, whose modules are not for DAGs to import.
                [sys.executable, "-P", str(PROGRAM), *arguments],
                env=dict(variables),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            ) as process,
            Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
        ):
            bar = progress.add_task("Checking DAGs", total=None)
            found = []
            for line in process.stdout or ():
                result = json.loads(line)
                if "files" in result:
                    progress.update(bar, total=result["files"])
                else:
                    found.append(result)
                    progress.advance(bar)
            if process.wait():
                errors.seek(0)
                lines = errors.read().decode(errors="replace").strip().splitlines() or ["no reason"]
                msg = f"the DAGs cannot be checked: Airflow ended with exit code {process.returncode}: {lines[-1]}"
                raise BadInputError(msg)
        return sorted(found, key=lambda each: str(each["file"]))

    def _faults(self, found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Yield a sentence for each fault, by file."""
        owners: dict[str, str] = {}
        for each in found:
            path = each["file"]
            for trace in each["errors"]:
                yield self._import_error(path, trace)
            for dag_id, tasks in each["dags"].items():
                where = self._line(path, dag_id)
                if dag_id in owners:
                    yield f"{where} has the DAG {shown(dag_id)}, which dags/{owners[dag_id]} has too; rename one"
                elif dag_id in self.others:
                    other = self.others[dag_id]
                    yield f"{where} has the DAG {shown(dag_id)}, which the bundle {other} has too; rename one"
                owners.setdefault(dag_id, path)
                for task in tasks:
                    if task not in self.deployed:
                        deploy = advised("deploy", self.settings.stage)
                        where = self._line(path, task)
                        yield f"{where} starts tasks/{printable(task)}, which is not deployed; run {deploy} first"

    def _import_error(self, path: str, trace: str) -> str:
        if "\n" in trace.strip():
            return import_error(path, trace, folder=str((self.folder / DAGS).absolute()))
        # Of the policy, which knows no line.
        quoted = QUOTED.search(trace)
        where = self._line(path, quoted[1].strip("'")) if quoted else f"dags/{printable(path)}"
        return f"{where} cannot be imported: {printable(trace.strip().removeprefix('AirflowClusterPolicyViolation: '))}"

    def _line(self, path: str, text: str) -> str:
        """Return the file with the first line that has *text* in quotation marks, if there is one."""
        name = f"dags/{printable(path)}"
        try:
            lines = (self.folder / DAGS / path).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return name
        quoted = (f'"{text}"', f"'{text}'")
        number = next((at for at, line in enumerate(lines, 1) if any(each in line for each in quoted)), None)
        return f"{name}, line {number}," if number else name
