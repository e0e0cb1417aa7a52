"""The sentence about a DAG file that Airflow cannot import."""

from __future__ import annotations

import re

from constructs_lib.shared.bad_input import printable, shortened

LENGTH = 300
FRAME = re.compile(r'^ *File "(?P<file>[^"]*)", line (?P<line>\d+)', re.MULTILINE)


def import_error(path: str, trace: str, *, folder: str = "dags") -> str:
    """
    Return file, line and reason of the error *trace* of the DAG file *path* in *folder*.

    If a module that the DAG file imports has raised it, the sentence has its place too.
    """
    places = []
    for found in FRAME.finditer(trace):
        _, inside, rest = found["file"].rpartition(f"{folder}/")
        if inside and "site-packages/" not in found["file"]:
            places.append((rest, found["line"]))
    lines = [line for file, line in places if file == path]
    where = f"dags/{path}, line {lines[-1]}," if lines else f"dags/{path}"
    reason = _reason(trace)
    if places and places[-1][0] != path:
        reason = f"dags/{places[-1][0]}, line {places[-1][1]}: {reason}"
    return shortened(printable(f"{where} cannot be imported: {reason}"), LENGTH)


def _reason(trace: str) -> str:
    """Return the last line of *trace* that names an exception; a message may have several lines."""
    lines = trace.strip().splitlines() or ["unknown error"]
    ends = [each for each in lines if re.match(r"[A-Za-z_][\w.]*(: |$)", each)]
    return (ends or lines)[-1]
