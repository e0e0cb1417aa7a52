"""Run a stage with Terraform and OpenTofu: `python -m benchmarks.portability`."""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.portability.page import COMMAND, keep
from benchmarks.portability.programs import programs
from benchmarks.portability.sources import SOURCES
from benchmarks.portability.steps import run_module_tests, run_steps
from benchmarks.report import machine
from constructs_lib.settings.settings import Settings
from tests.terraform.aws import serve_aws
from tests.terraform.standin import install

STANDIN = "TERRAFORM_STANDIN"


def main() -> None:
    """Run all steps of each program and source, write the page, and exit with 1 if a step has failed."""
    argparse.ArgumentParser(
        prog=COMMAND, description="Run a stage with Terraform and OpenTofu, and write docs/portability.md."
    ).parse_args()
    sources = os.environ.get(STANDIN)
    if not sources:
        sys.exit(f"error: {STANDIN} in the environment must be the folder of a stand-in for Terraform's AWS provider")
    used = programs()
    versions = {each.name: each.version for each in used}
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary, serve_aws() as aws:
        standin = Path(temporary, "standin")
        standin.mkdir()
        install(Path(sources), standin)
        for number, program in enumerate(used):
            for source in SOURCES:
                folder = Path(temporary, f"{program.name}-{SOURCES.index(source)}")
                steps = run_steps(program, used[1 - number], source, aws=aws, standin=standin, folder=folder)
                results.append({"program": program.name, "source": source.name, "steps": steps})
        tests = {
            each.name: run_module_tests(each, standin=standin, aws=aws, folder=Path(temporary, f"{each.name}-module"))
            for each in used
        }
    recorded = {
        "programs": versions,
        "module": tests,
        "provider": Settings.model_fields["aws_provider_version"].default,
        "results": results,
    }
    keep(recorded, machine())
    failed = [step for each in results for step in each["steps"].values() if step]
    sys.exit(bool(failed) or any(not each.endswith(" passed") for each in tests.values()))


if __name__ == "__main__":
    main()
