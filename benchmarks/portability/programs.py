"""Terraform, which is installed, and OpenTofu, which is built from its Go module."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.project import PROJECT

OPENTOFU = "v1.12.6"
"""1.11 was the first version with ephemeral values and write-only attributes (OpenTofu: "What's new")."""
MODULE = "github.com/opentofu/opentofu"
CACHE = PROJECT / ".make" / f"opentofu-{OPENTOFU}"
COMMAND = "tofu"


@dataclass(frozen=True)
class Program:
    """A program, by its *name*, and its *path*."""

    name: str
    path: str

    @property
    def version(self) -> str:
        """The version that the program prints."""
        # Without the user's configuration, about which it could print a warning first.
        environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
        command = [self.path, "version", "-json"]
        printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        return str(json.loads(printed)["terraform_version"])


def programs() -> list[Program]:
    """
    Return both programs. Building OpenTofu takes about ten minutes, once.

    Raises:
        FileNotFoundError: Terraform or Go is missing.
        CalledProcessError: OpenTofu cannot be built.

    """
    terraform = shutil.which("terraform")
    if not terraform:
        msg = "terraform is not on the PATH"
        raise FileNotFoundError(msg)
    return [Program("Terraform", terraform), Program("OpenTofu", str(_opentofu()))]


def _opentofu() -> Path:
    """
    Build OpenTofu in a module that depends on it, with the replacements that OpenTofu's own module has.

    `go install` refuses a module with replacements.
    """
    binary = CACHE / COMMAND
    if binary.exists():
        return binary
    print(f"building OpenTofu {OPENTOFU}: about ten minutes", file=sys.stderr, flush=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "go.mod").write_text("module portability\n", encoding="utf-8")
    downloaded = json.loads(_go("mod", "download", "-json", f"{MODULE}@{OPENTOFU}"))
    for each in json.loads(_go("mod", "edit", "-json", downloaded["GoMod"]))["Replace"] or ():
        old, new = ("@".join(filter(None, (each[key]["Path"], each[key].get("Version")))) for key in ("Old", "New"))
        _go("mod", "edit", f"-replace={old}={new}")
    _go("get", "-tool", f"{MODULE}/cmd/tofu@{OPENTOFU}")
    # A development version otherwise, which cannot use a release's state.
    _go("build", "-trimpath", "-ldflags", f"-s -w -X {MODULE}/version.dev=no", "-o", COMMAND, f"{MODULE}/cmd/tofu")
    return binary


def _go(*words: str) -> str:
    go = shutil.which("go")
    if not go:
        msg = "go, which builds OpenTofu, is not on the PATH"
        raise FileNotFoundError(msg)
    return subprocess.run([go, *words], cwd=CACHE, stdout=subprocess.PIPE, text=True, check=True).stdout
