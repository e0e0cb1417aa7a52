"""Promises of the Airflow image, built from docker/Dockerfile."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.airflow_image import PROJECT, airflow_image, docker, program, python
from tests.docker.base_image import base_image
from tests.docker.image_folder import ImageFolder

pytestmark = pytest.mark.docker
LIMIT_MB = 520


@pytest.fixture(name="image", scope="module")
def _image() -> Iterator[str]:
    """Build the image of the project."""
    with airflow_image() as name:
        yield name


def test_the_image_is_small(image: str) -> None:
    """The image adds at most 520 MB to its base."""
    with base_image() as base:
        sizes = json.loads(docker("image", "inspect", image, base))

    assert sizes[0]["Size"] - sizes[1]["Size"] <= LIMIT_MB * 10**6


def test_its_user_is_that_of_the_shared_volume_and_cannot_change_what_it_runs(image: str) -> None:
    """The image's user cannot change the code or the packages."""
    assert python(image, "writable") == "50000 0\n"


def test_it_holds_airflow_and_nothing_else_of_the_project_than_it_needs(image: str, tmp_path: Path) -> None:
    """The image has only the project's files that .dockerignore and the Dockerfile name."""
    expected = ImageFolder(PROJECT, tmp_path).files()
    listed = {Path(line) for line in python(image, "files").splitlines()}

    assert {path for path in listed if path.suffix != ".pyc"} == expected
    assert {path.parent.parent for path in listed if path.suffix == ".pyc"} == {
        path.parent for path in expected if path.suffix == ".py" and path.is_relative_to("lib")
    }
    assert docker("run", "--rm", "--network=none", image) == "3.3.2\n"


def test_every_module_imports(image: str) -> None:
    """Every module in the image can be imported, with the imports inside functions."""
    assert re.fullmatch(r"\d+ modules", python(image, "import_all").splitlines()[-1])


def test_everything_is_compiled(image: str) -> None:
    """Every module in the image is compiled."""
    assert python(image, "uncompiled") == ""


def test_the_build_leaves_nothing_behind(image: str) -> None:
    """The build leaves no temporary files in the image."""
    find = ("--rm", "--network=none", "--user=0", "--entrypoint=find")
    folders = ("/tmp", "/var/tmp", "/root", "/var/cache", "/home", "/srv")  # noqa: S108 the container's, only listed
    with base_image() as base:
        assert docker("run", *find, image, *folders) == docker("run", *find, base, *folders)


def test_airflow_itself_gets_the_signals_of_ecs(image: str) -> None:
    """Airflow is the container's process 1, so it gets ECS's signals."""
    wait = ("airflow", "db", "check-migrations", "--migration-wait-timeout=60")
    container = docker("run", "--detach", "--rm", "--network=none", image, *wait).strip()
    try:
        end = time.monotonic() + 20
        first = ""
        while "/opt/venv/bin/airflow" not in first and time.monotonic() < end:
            first = docker("exec", container, "python", "-c", "print(open('/proc/1/cmdline').read())")
            time.sleep(0.2)
        assert first.rstrip("\n\0").split("\0")[1:] == ["/opt/venv/bin/airflow", *wait[1:]]
        assert len(docker("top", container, "-o", "pid").splitlines()) == 1 + 1, "a heading and one process"
    finally:
        docker("rm", "--force", container)


def test_a_session_of_ecs_exec_has_the_user_of_the_image(image: str) -> None:
    """A session of ECS Exec runs as the image's user, not as root."""
    session = ("python", "-m", "airflow_fargate.session", "python", "-c", program("session_user"))

    printed = docker("run", "--rm", "--network=none", "--user=0", "--entrypoint=", "--workdir=/", image, *session)

    assert printed == "50000 0 [] /opt/airflow /opt/airflow\nthe command ended with exit code 0\n"


def test_it_knows_the_revisions_of_its_own_tables(image: str) -> None:
    """The image knows the newest revisions of the tables without a database."""
    assert python(image, "revisions") == "alembic_version True\nalembic_version_fab True\n"


def test_only_the_image_for_dags_in_git_has_git(image: str) -> None:
    """The build with `WITH_GIT` installs git and what it needs for https; no other image has it."""
    ask = ("run", "--rm", "--network=none", "--entrypoint=sh")
    with airflow_image(None, "git", "--build-arg=WITH_GIT=1", "--target=system") as with_git:
        assert docker(*ask, with_git, "-c", "git --version && test -x $(git --exec-path)/git-remote-https")

    assert docker(*ask, image, "-c", "command -v git || echo none") == "none\n"


def test_a_queue_that_no_worker_serves_is_refused(image: str) -> None:
    """Airflow in the image refuses a DAG with an unknown queue."""
    printed = "task 't' of DAG 'd' has queue='gpu', which no worker serves; the queues are default, spot\n"
    assert python(image, "unserved_queue").endswith(f"AirflowClusterPolicyViolation: {printed}")
