"""Install the packages of the project's requirements.txt for its DAGs and plugins."""

import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from airflow_on_fargate.local.state import State
from constructs_lib.airflow.airflow_image import HELP, REQUIREMENTS, WHEELS, check_requirements
from constructs_lib.push_image.product_files import product_file
from constructs_lib.shared.bad_input import BadInputError

LOCKED = product_file("docker/requirements.txt")
NO_WHEEL = re.compile(r"No matching distribution found for ([^;(\n]*[^;(\s])")
DEPENDS = re.compile(r"^ +\S+ \S+ depends on (?P<asked>(?P<name>[\w.-]+).*)$", re.MULTILINE)
VERSION = re.compile(r"^([\w.-]+)(?:\[[^]]*\])?(==[^\s;]+)", re.MULTILINE)


def packages_folder(state: State) -> Path:
    """Return the folder in which Python finds the packages."""
    base = str(state.airflow_packages)
    return Path(sysconfig.get_path("purelib", "venv", vars={"base": base, "platbase": base}))


def install_packages(state: State, project: Path) -> bool:
    """
    Install the packages of *project*'s requirements.txt, and return whether anything had to be installed.

    As in the image, only wheels are installed, from an index or from `wheels/`. Airflow's own packages do not change,
    and a conflicting package is refused.

    Raises:
        BadInputError: the image cannot install a line of the file, or pip fails.

    """
    check_requirements(project)
    requirements, folder = project / REQUIREMENTS, state.airflow_packages
    asked = requirements.read_bytes() if requirements.exists() else b""
    digest = sha256(b"\0".join([sys.version.encode(), LOCKED.read_bytes(), asked, *_wheels(project)])).hexdigest()
    done = folder / "requirements.sha256"
    if done.exists() and done.read_text(encoding="utf-8") == digest:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    # The file of a new project has only a comment.
    if all(line.startswith(b"#") for line in asked.split(b"\n") if line.strip()):
        return False
    venv.EnvBuilder(symlinks=True).create(folder)
    # The virtual environment contains Airflow's packages, so pip does not install them again.
    (packages_folder(state) / "airflow.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    constraints = folder / "constraints.txt"
    versions = VERSION.findall(LOCKED.read_text(encoding="utf-8"))
    constraints.write_text("".join(f"{name}{version}\n" for name, version in versions), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install"]
    pip += ["--disable-pip-version-check", "--only-binary=:all:", f"--find-links={project / WHEELS}"]
    output = _failure([*pip, f"--constraint={constraints}", f"--requirement={requirements}"])
    if output:
        sentence = _sentence(output, pip)
        shutil.rmtree(folder, ignore_errors=True)
        raise BadInputError(sentence)
    done.write_text(digest, encoding="utf-8")
    return True


def _wheels(project: Path) -> Iterator[bytes]:
    """Yield a text that changes with a wheel in `wheels/`."""
    for file in sorted((project / WHEELS).glob("*.whl")):
        yield file.name.encode()
        yield sha256(file.read_bytes()).digest()


def _failure(command: Sequence[str]) -> str:
    """Run pip, and return its output if it fails."""
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return (run.stdout.strip() or "pip gives no reason") if run.returncode else ""


def _sentence(output: str, pip: Sequence[str]) -> str:
    """Return a sentence about the *output* of *pip*: a package has no wheel, or conflicts with Airflow's packages."""
    if missing := NO_WHEEL.search(output) or _dependency_without_wheel(output, pip):
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        return (
            f"{REQUIREMENTS}: no wheel of {missing[1]} fits Python {python} on this machine, and only wheels are"
            f" installed; check the name and the version; {HELP}"
        )
    lines = output.splitlines()
    errors = [line for line in lines if line.startswith("ERROR: ")] or lines
    return f"{REQUIREMENTS} cannot be installed with Airflow: {errors[0].removeprefix('ERROR: ')}"


def _dependency_without_wheel(output: str, pip: Sequence[str]) -> re.Match[str] | None:
    """
    Look for a package without a wheel among those that a conflict names.

    pip calls it a conflict if a package has several versions, and each depends on another package without a wheel.
    """
    # The first line is about the newest version.
    needed = {found["name"]: found["asked"] for found in reversed([*DEPENDS.finditer(output)])}
    answers = (_failure([*pip, "--dry-run", "--no-deps", asked]) for asked in needed.values())
    return next(filter(None, map(NO_WHEEL.search, answers)), None)
