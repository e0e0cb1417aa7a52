"""A stand-in for Terraform's AWS provider, compiled with the types of resources that this project names."""

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import main

NAMED_IN = ("airflow_on_fargate", "constructs_lib", "tests")


def install(sources: Path, folder: Path) -> None:
    """
    Compile the stand-in in *sources* into *folder*; `terraform.rc` there has it take the place of the AWS provider.

    Terraform loads all types of a provider for each command, and the provider itself in each of its processes: with
    those of AWS that is two thirds of the CPU of a plan.
    """
    copy = folder / "sources"
    copy.mkdir()
    for file in sources.iterdir():
        if file.suffixes[-2:] == [".json", ".gz"]:
            copy.joinpath(file.name).write_bytes(_reduced(file.read_bytes()))
        else:
            shutil.copy(file, copy)
    subprocess.run([copy / "install.sh", folder], check=True, stdout=subprocess.DEVNULL)


def _reduced(schema: bytes) -> bytes:
    """Return *schema* with only the types of resources that this project names; Terraform refuses any other."""
    names = set(_names())
    types: dict[str, dict[str, object]] = json.loads(gzip.decompress(schema))
    for kind in ("resources", "data"):
        types[kind] = {name: body for name, body in types[kind].items() if name in names}
    # Without a time, so that Go finds in its cache what another process has compiled.
    return gzip.compress(json.dumps(types).encode(), mtime=0)


def _names() -> Iterator[str]:
    """Yield each word of the code that may be a type, also as the name of a module of the bindings."""
    for folder in NAMED_IN:
        for file in (main.PROJECT / folder).rglob("*.py"):
            for word in re.findall(r"[a-z][a-z0-9_]+", file.read_text(encoding="utf-8")):
                yield from (word, f"aws_{word.removeprefix('data_aws_')}")
