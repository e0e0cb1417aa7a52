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
    """On top of the image that it begins with it has at most 520 MB, all of which Fargate pulls at each start."""
    with base_image() as base:
        sizes = json.loads(docker("image", "inspect", image, base))

    assert sizes[0]["Size"] - sizes[1]["Size"] <= LIMIT_MB * 10**6


def test_its_user_is_that_of_the_shared_volume_and_cannot_change_what_it_runs(image: str) -> None:
    """Neither a file nor a folder of the code and of the packages can be written, replaced or moved away."""
    assert python(image, "writable") == "50000 0\n"


def test_it_holds_airflow_and_nothing_else_of_the_project_than_it_needs(image: str, tmp_path: Path) -> None:
    """Airflow's folder has the files that .dockerignore and the Dockerfile name, and the bytecode of the modules."""
    expected = ImageFolder(PROJECT, tmp_path).files()
    listed = {Path(line) for line in python(image, "files").splitlines()}

    assert {path for path in listed if path.suffix != ".pyc"} == expected
    assert {path.parent.parent for path in listed if path.suffix == ".pyc"} == {
        path.parent for path in expected if path.suffix == ".py" and path.is_relative_to("lib")
    }
    assert docker("run", "--rm", "--network=none", image) == "3.3.2\n"


def test_every_module_imports(image: str) -> None:
    """The image has all that its own modules import, also what a function imports later."""
    assert re.fullmatch(r"\d+ modules", python(image, "import_all").splitlines()[-1])


def test_everything_is_compiled(image: str) -> None:
    """No container compiles a module when it starts, which takes seconds at a quarter of a CPU."""
    assert python(image, "uncompiled") == ""


def test_the_build_leaves_nothing_behind(image: str) -> None:
    """Where pip and the build work, there is no more than in the image that it begins with."""
    find = ("--rm", "--network=none", "--user=0", "--entrypoint=find")
    folders = ("/tmp", "/var/tmp", "/root", "/var/cache", "/home", "/srv")  # noqa: S108 the container's, only listed
    with base_image() as base:
        assert docker("run", *find, image, *folders) == docker("run", *find, base, *folders)


def test_airflow_itself_gets_the_signals_of_ecs(image: str) -> None:
    """Process 1 of a container is Airflow, alone: neither a shell nor the entrypoint stays in front of it."""
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
    """ECS Exec makes it root; what root wrote to the folder of logs, Airflow could not change."""
    session = ("python", "-m", "airflow_fargate.session", "python", "-c", program("session_user"))

    printed = docker("run", "--rm", "--network=none", "--user=0", "--entrypoint=", "--workdir=/", image, *session)

    assert printed == "50000 0 [] /opt/airflow /opt/airflow\nthe command ended with exit code 0\n"


def test_it_knows_the_revisions_of_its_own_tables(image: str) -> None:
    """Without a database, the image tells the newest revision of Airflow's own tables and of its auth manager's."""
    assert python(image, "revisions") == "alembic_version True\nalembic_version_fab True\n"


def test_a_queue_that_no_worker_serves_is_refused(image: str) -> None:
    """Airflow in the image finds the policy, and tells the file of a DAG that names another queue."""
    printed = "task 't' of DAG 'd' has queue='gpu', which no worker serves; the queues are default, spot\n"
    assert python(image, "unserved_queue").endswith(f"AirflowClusterPolicyViolation: {printed}")
