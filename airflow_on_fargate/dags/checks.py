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


@dataclass(frozen=True)
class Checked:
    """The ids of the DAGs in each file, and the files that the dag-processor parses at once after the switch."""

    dags: dict[str, list[str]]
    affected: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Checks:
    """
    The checks of `dags/` in *folder* for *bundle* of the stage with these *settings*.

    *project* has `plugins/` and `requirements.txt`, *tasks* is its `tasks/`. *deployed* are the task folders that the
    stage has, *others* the ids of DAGs in its other bundles, each with the bundle. *files* are the hashes of the files
    of the version, *changes* the paths that differ from the current version: `added`, `changed` and `removed`.
    """

    settings: Settings
    bundle: str
    project: Path
    folder: Path
    tasks: Path
    deployed: Collection[str]
    others: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def run(self, console: Console) -> Checked:
        """
        Return what was found, show the progress, and warn of files that Airflow takes for no DAG files.

        Raises:
            BadInputError: a DAG file is wrong, or there is none. The other faults are printed before.

        """
        if not find_spec("airflow"):
            msg = (
                f"the DAGs cannot be checked: airflow is not installed in {sys.prefix}; run: pip install"
                " 'airflow-on-fargate[local]'"
            )
            raise BadInputError(msg)
        found, about = self._parse(console)
        for path in about["unused"]:
            console.print(f"warning: {_unused(path)}", markup=False, soft_wrap=True)
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
        return Checked({path: each for path, each in ids.items() if each}, frozenset(about["affected"]))

    def _parse(self, console: Console) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
        """Return what each DAG file has, and what is known about all files together."""
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
            version = Path(home, "version.json")
            changed = sorted({path for paths in self.changes.values() for path in paths})
            version.write_text(json.dumps({"files": dict(self.files), "changed": changed}), encoding="utf-8")
            return self._run_program(version, variables, console)

    def _run_program(
        self, version: Path, variables: Mapping[str, str], console: Console
    ) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
        arguments = (str((self.folder / DAGS).absolute()), self.bundle, str(os.cpu_count() or 1), str(version))
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
            found: list[dict[str, Any]] = []
            about: dict[str, list[str]] = {}
            for line in process.stdout or ():
                result = json.loads(line)
                if "files" in result:
                    progress.update(bar, total=result["files"])
                elif "affected" in result:
                    about = result
                else:
                    found.append(result)
                    progress.advance(bar)
            if process.wait():
                errors.seek(0)
                lines = errors.read().decode(errors="replace").strip().splitlines() or ["no reason"]
                msg = f"the DAGs cannot be checked: Airflow ended with exit code {process.returncode}: {lines[-1]}"
                raise BadInputError(msg)
        return sorted(found, key=lambda each: str(each["file"])), about

    def _faults(self, found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Yield a sentence for each fault, by file."""
        owners = self._owners(found)
        for each in found:
            path = each["file"]
            for trace in each["errors"]:
                yield self._import_error(path, trace)
            for dag_id, tasks in each["dags"].items():
                where = self._line(path, dag_id)
                if owners[dag_id] != path:
                    other = self._line(owners[dag_id], dag_id).removesuffix(",")
                    yield f"{where} has the DAG id {shown(dag_id)}, and so has {other}; rename one"
                elif dag_id in self.others:
                    other = self.others[dag_id]
                    yield f"{where} has the DAG id {shown(dag_id)}, and so has the bundle {other}; rename one"
                for task in tasks:
                    if task not in self.deployed:
                        deploy = advised("deploy", self.settings.stage)
                        where = self._line(path, task)
                        yield f"{where} starts tasks/{printable(task)}, which is not deployed; run {deploy} first"

    def _owners(self, found: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        """Return the file of each DAG id; of several the one that has not changed, so that the new one is at fault."""
        new = {path: rank for rank, kind in enumerate(("changed", "added")) for path in self.changes.get(kind, ())}
        owners: dict[str, str] = {}
        for each in sorted(found, key=lambda each: new.get(f"{DAGS}/{each['file']}", -1)):
            for dag_id in each["dags"]:
                owners.setdefault(dag_id, each["file"])
        return owners

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


def _unused(path: str) -> str:
    return (
        f"{printable(path)} is not parsed: it lacks one of the words airflow and dag, and no file imports it; if it has"
        " DAGs, add the comment: # airflow dag"
    )
