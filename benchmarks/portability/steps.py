"""From `init` to `destroy`, with one program and one source."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.portability.programs import Program
from benchmarks.portability.sources import JSON, STAGE, Source, write, write_module
from constructs_lib.engine.synthesized_stack import FILE, SynthesizedStack
from tests.terraform.aws import Aws
from tests.terraform.deployment import make_project

STEPS: Mapping[str, tuple[str, ...]] = {
    "init": ("init",),
    "validate": ("validate",),
    "plan": ("plan", "-out=plan"),
    "apply": ("apply", "plan"),
    "second plan": ("plan", "-detailed-exitcode"),
    "plan of the other program": ("plan", "-detailed-exitcode"),
    "destroy": ("destroy", "-auto-approve"),
}
"""With `-detailed-exitcode`, a plan with changes fails."""
OTHER = "plan of the other program"
PROVIDER = "hashicorp/aws"
REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")
"""The registry that each program means by a short name of a provider."""


def run_steps(
    program: Program, other: Program, source: Source, *, aws: Aws, standin: Path, folder: Path
) -> dict[str, str]:
    """
    Return why each step has failed, by its name; "": it has succeeded.

    *folder* is new. The stand-in for the AWS provider is in *standin*, as its `install.sh` lays it out.
    """
    folder.mkdir()
    bucket = aws.make_bucket()
    project = make_project(folder / "project", {})
    stack = write(source, project, bucket)
    composed = SynthesizedStack.read(project / JSON / FILE)
    aws.put_images(composed.document, region=composed.region)
    environment = _environment(aws, standin, folder)
    results: dict[str, str] = {}
    for step, words in STEPS.items():
        if step == OTHER:
            copy = stack.with_name(f"{stack.name}-other")
            shutil.copytree(stack, copy, ignore=shutil.ignore_patterns(".terraform*", "plan"))
            failed = _run(other, ("init",), copy, environment)
            results[step] = failed or _run(other, words, copy, environment)
        else:
            results[step] = _run(program, words, stack, environment)
        print(f"{program.name}, {source.name}, {step}: {results[step] or 'ok'}", flush=True)
    return results


def run_module_tests(program: Program, *, standin: Path, aws: Aws, folder: Path) -> str:
    """
    Run the tests of the module of the stage with *program*, and return how many have passed, or why they have failed.

    *folder* is new; *standin* as of `run_steps`.
    """
    folder.mkdir()
    module, environment = write_module(folder / "module"), _environment(aws, standin, folder)
    if failed := _run(program, ("init",), module, environment):
        return failed
    tested = subprocess.run(
        [program.path, "test"], cwd=module, env=environment, capture_output=True, text=True, check=False
    )
    passed = re.search(r"Success! (\d+) passed", tested.stdout)
    result = f"{passed[1]} passed" if passed else failure(tested)
    print(f"{program.name}, tests of the module: {result}", flush=True)
    return result


def _environment(aws: Aws, standin: Path, folder: Path) -> Mapping[str, str]:
    """Return the environment of a program: the stand-in is the provider of both registries, and AWS is on loopback."""
    mirror = folder / "mirror"
    for registry in REGISTRIES:
        shutil.copytree(standin / "mirror" / REGISTRIES[0], mirror / registry, copy_function=os.link)
    included = ", ".join(f'"{registry}/{PROVIDER}"' for registry in REGISTRIES)
    configuration = folder / "terraform.rc"
    configuration.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n'
        f"    include = [{included}]\n  }}\n}}\n"
    )
    users = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    return {
        **users,
        **aws.environment,
        "CHECKPOINT_DISABLE": "1",
        "STANDIN_CLOUD": str(folder / f"cloud-{STAGE}"),
        "TF_CLI_ARGS": "-no-color",
        "TF_CLI_CONFIG_FILE": str(configuration),
        "TF_INPUT": "0",
    }


def _run(program: Program, words: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> str:
    command = [program.path, *words]
    return failure(subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False))


def failure(ended: subprocess.CompletedProcess[str]) -> str:
    """Return why a command has failed: its first error, or the changes of a plan; "": it has succeeded."""
    if not ended.returncode:
        return ""
    found = re.search(r"Error: (.+?)(?:\n\n|\Z)", ended.stderr, re.DOTALL)
    found = found or re.search(r"^(Plan: .+)", ended.stdout, re.MULTILINE)
    return " ".join(found[1].split()) if found else f"exit code {ended.returncode}"
