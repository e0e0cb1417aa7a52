"""The packages of one's own DAGs and plugins: what the project's requirements.txt asks for beside Airflow."""

import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from hashlib import sha256
from pathlib import Path

from constructs_lib.shared.bad_input import BadInputError
from local.state import PROJECT, State

LOCKED = PROJECT / "docker/requirements.txt"
VERSION = re.compile(r"^([\w.-]+)(?:\[[^]]*\])?(==[^\s;]+)", re.MULTILINE)


def packages_folder(state: State) -> Path:
    """Return where Python finds them."""
    base = str(state.airflow_packages)
    return Path(sysconfig.get_path("purelib", "venv", vars={"base": base, "platbase": base}))


def install_packages(state: State, requirements: Path = PROJECT / "requirements.txt") -> bool:
    """
    Install what *requirements* asks for, unless that is there, and return whether there was anything to do.

    As in the image, Airflow's own packages stay as they are, and what cannot be installed beside them is refused.

    Raises:
        BadInputError: pip fails.

    """
    folder, asked = state.airflow_packages, requirements.read_bytes() if requirements.exists() else b""
    digest = sha256(b"\0".join([sys.version.encode(), LOCKED.read_bytes(), asked])).hexdigest()
    done = folder / "requirements.sha256"
    if done.exists() and done.read_text(encoding="utf-8") == digest:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    if not asked.strip():
        return False
    venv.EnvBuilder(symlinks=True).create(folder)
    # What is installed here counts as installed there, and is not installed again.
    (packages_folder(state) / "airflow.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    constraints = folder / "constraints.txt"
    versions = VERSION.findall(LOCKED.read_text(encoding="utf-8"))
    constraints.write_text("".join(f"{name}{version}\n" for name, version in versions), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "--quiet"]
    rules = ["--disable-pip-version-check", "--only-binary=:all:", f"--constraint={constraints}"]
    command = [*pip, *rules, f"--requirement={requirements}"]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if run.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        lines = run.stdout.strip().splitlines()
        errors = [line for line in lines if line.startswith("ERROR: ")] or lines or ["pip gives no reason"]
        msg = f"{requirements.name} cannot be installed beside Airflow: {errors[0].removeprefix('ERROR: ')}"
        raise BadInputError(msg)
    done.write_text(digest, encoding="utf-8")
    return True
