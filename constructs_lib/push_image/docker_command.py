"""The docker command: build an image and push it."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.push_image import PushError
from constructs_lib.push_image.build_context import BuildContext

PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}
"""Docker's names of ECS's architectures."""


MISSING = ("no such manifest", "manifest unknown", "name unknown", "not found")
"""What docker and registries say of an image that does not exist (OCI Distribution Specification, "Error Codes")."""


@contextmanager
def docker_command(name: str, *, registry: str, users_login: bool = False) -> Iterator["DockerCommand"]:
    """
    Yield docker with a login to *registry*, which ends with the block; *name* is printed before each line of docker.

    With *users_login*, docker uses the login to the registry that the user of the machine has.

    A temporary folder contains the user's own settings of Docker (builder, context, mirrors, logins to other
    registries) and this login. Several processes push images at the same time, and simultaneous logins to one file or
    keychain fail. Also, no login to AWS remains on the machine.

    Raises:
        PushError: there is no docker command.

    """
    program = shutil.which("docker")
    if not program:
        msg = (
            f"{name} must be built, and there is no docker command on the PATH; install Docker, or set"
            " airflow_image and task_images to images that are already built"
        )
        raise PushError(msg)
    with tempfile.TemporaryDirectory(prefix="docker-config-") as config:
        users_config = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
        _copy_config(users_config, Path(config), None if users_login else registry)
        environment = {
            **os.environ,
            "DOCKER_CONFIG": config,
            "BUILDKIT_PROGRESS": "plain",
            # An attestation is an additional image in ECR, which counts in the repository's lifecycle policy.
            "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
        }
        yield DockerCommand(program, name, registry, environment)


@dataclass(frozen=True)
class DockerCommand:
    """Run docker; `docker_command()` creates it."""

    _program: str
    _name: str
    _registry: str
    _environment: dict[str, str]

    def architecture(self) -> str:
        """
        Return the architecture of the daemon's machine by Docker's name, such as `amd64`.

        Raises:
            PushError: the daemon does not answer.

        """
        run = self._run(["version", "--format", "{{.Server.Arch}}"])
        if run.returncode:
            msg = f"{self._name} must be built, and Docker does not answer: {_last_line(run.stderr)}"
            raise PushError(msg)
        return run.stdout.strip()

    def has(self, uri: str) -> bool:
        """Return whether the daemon has the image *uri*."""
        return self._run(["image", "inspect", uri]).returncode == 0

    def registry_has(self, uri: str) -> bool:
        """
        Return whether the registry has the image *uri*.

        Raises:
            PushError: docker cannot ask, or the registry refuses.

        """
        # Docker's daemon needs no TLS for a registry of this machine; this command does not ask the daemon.
        insecure = ["--insecure"] if re.match(r"(127\.|localhost(:|$))", self._registry) else []
        run = self._run(["manifest", "inspect", *insecure, uri])
        if run.returncode and not any(each in run.stderr.lower() for each in MISSING):
            msg = f"cannot look for {uri}: {_last_line(run.stderr)}"
            raise PushError(msg)
        return not run.returncode

    def login(self, user: str, password: str) -> None:
        """Log in. The password goes through a pipe, because all users of the machine can read arguments."""
        run = self._run(["login", "--username", user, "--password-stdin", self._registry], password)
        if run.returncode:
            msg = f"docker login to {self._registry} failed: {_last_line(run.stderr)}"
            raise PushError(msg)

    def build(self, uri: str, *, context: BuildContext, architecture: str) -> None:
        """
        Build *uri* of *context* for *architecture*, one of `PLATFORMS`.

        Raises:
            PushError: docker fails.
            BadInputError: the context has a link that Docker cannot follow.

        """
        file, platform = str(context.dockerfile_path), PLATFORMS[architecture]
        arguments = [f"--build-arg={argument}" for argument in context.build_arguments]
        with context.assembled() as folder:
            failed = self._show(
                ["build", "--platform", platform, "--file", file, "--tag", uri, *arguments, str(folder)]
            )
        if failed:
            msg = f"docker build of {file} for {platform} failed; see the output of docker above"
            if not platform.endswith(here := self.architecture()):
                msg += f"; this machine is linux/{here} and needs emulation (QEMU) to build for another platform"
            raise PushError(msg)

    def push(self, uri: str) -> bool:
        """Push *uri* and return whether it succeeded."""
        return self._show(["push", uri]) == 0

    def _run(self, arguments: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._program, *arguments],
            env=self._environment,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )

    def _show(self, arguments: list[str]) -> int:
        """Run docker, print its lines at once, and return its exit code."""
        with subprocess.Popen(
            [self._program, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process:
            try:
                for line in process.stdout or ():
                    print(f"[{self._name}] {line.rstrip()}", flush=True)
            except KeyboardInterrupt:
                process.terminate()
                raise
        return process.returncode


def _copy_config(theirs: Path, ours: Path, registry: str | None) -> None:
    """Copy Docker's settings from *theirs* to *ours*, where docker then writes a login to *registry*, unless None."""
    if theirs.is_dir():
        for entry in theirs.resolve().iterdir():
            if entry.name != "config.json":
                (ours / entry.name).symlink_to(entry)
    try:
        config = json.loads((theirs / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        config = {}
    except ValueError as error:
        msg = f"{theirs / 'config.json'} is not valid JSON: {error}"
        raise PushError(msg) from error
    # With an empty name of a helper, Docker keeps this login in the file, and uses the user's keychain for all others.
    if registry:
        config["credHelpers"] = {**config.get("credHelpers", {}), registry: ""}
    (ours / "config.json").write_text(json.dumps(config), encoding="utf-8")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it printed no reason"])[-1]
