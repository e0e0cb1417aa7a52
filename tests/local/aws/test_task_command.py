from pathlib import Path

import pytest

from airflow_on_fargate.local.dockerfile import missing_packages
from tests.local.aws.endpoint import CLUSTER, Endpoint, until
from tests.programs import python

PACKAGE = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """
import zipfile
def build_wheel(folder, *args):
    name = "said-1-py3-none-any.whl"
    files = {
        "said.py": "def main():\\n    print('{word}')\\n",
        "said-1.dist-info/METADATA": "Metadata-Version: 2.1\\nName: said\\nVersion: 1\\n",
        "said-1.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        "said-1.dist-info/entry_points.txt": "[console_scripts]\\nsay=said:main\\n",
        "said-1.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
    return name
"""


def make_package(folder: Path, word: str) -> None:
    """Make a package in *folder* whose program `say` prints *word*; it needs nothing else, so pip needs no index."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PACKAGE)
    (folder / "backend.py").write_text(BACKEND.replace("{word}", word))


def test_a_task_has_the_packages_it_asks_for(endpoint: Endpoint) -> None:
    """A task has the packages of its requirements.txt, and its own programs come first."""
    folder = endpoint.folder("asks", requirements_txt="./package\n")
    make_package(folder / "package", "hello")

    assert endpoint.output(endpoint.run("asks", ["say"])) == ["hello"]
    assert endpoint.output(endpoint.run("asks", ["python", "-c", "import said; said.main()"])) == ["hello"]


def test_two_tasks_may_ask_for_a_folder_of_the_same_name(endpoint: Endpoint) -> None:
    """Two tasks with equal requirements.txt and different folders of the same name each get their own."""
    for name in ("first", "second"):
        folder = endpoint.folder(name, requirements_txt="./package\n")
        make_package(folder / "package", name)

    assert [endpoint.output(endpoint.run(name, ["say"])) for name in ("first", "second")] == [["first"], ["second"]]


def test_packages_are_installed_once(endpoint: Endpoint) -> None:
    """Packages are installed once, also for two tasks at the same time, and completely or not at all."""
    folder = endpoint.folder("once", requirements_txt="# once\n./package\n")
    make_package(folder / "package", "once")
    before = set(endpoint.state.virtual_environments.glob("*"))
    family = endpoint.register("once", command=["say"])
    tasks = [endpoint.start_task(family) for _ in range(2)]

    assert [endpoint.output(endpoint.stopped(arn))[-1] for arn in tasks] == ["once", "once"]
    [made] = set(endpoint.state.virtual_environments.glob("*")) - before
    written = (made / "bin" / "say").stat().st_mtime_ns
    assert endpoint.output(endpoint.run("once", ["say"])) == ["once"]
    assert (made / "bin" / "say").stat().st_mtime_ns == written
    assert set(endpoint.state.virtual_environments.glob("*")) - before == {made}


def test_an_edited_package_is_installed_anew(endpoint: Endpoint) -> None:
    """An edited package is installed again at the next run."""
    folder = endpoint.folder("anew", requirements_txt="./package\n")
    make_package(folder / "package", "before")
    assert endpoint.output(endpoint.run("anew", ["say"])) == ["before"]

    backend = folder / "package" / "backend.py"
    backend.write_text(backend.read_text().replace("before", "after"))

    assert endpoint.output(endpoint.run("anew", ["say"])) == ["after"]


def test_packages_that_the_image_does_not_have_are_not_here(endpoint: Endpoint) -> None:
    """A requirements.txt that no RUN installs is not installed, and the log says what to add."""
    dockerfile = (
        "FROM none\n# RUN pip install -r requirements.txt\nCOPY requirements.txt .\nRUN apt-get install -y git\n"
    )
    folder = endpoint.folder("lacks", Dockerfile=dockerfile, requirements_txt="./package\n")
    make_package(folder / "package", "hello")

    task = endpoint.run("lacks", ["python", "-c", "import said"])

    warning, *_, last = endpoint.output(task)
    assert task["containers"][0]["exitCode"] == 1
    assert warning.startswith(
        "tasks/lacks/requirements.txt is not installed, as in the image: no RUN of tasks/lacks/Doc"
    )
    assert last == "ModuleNotFoundError: No module named 'said'"


@pytest.mark.parametrize(
    ("dockerfile", "missing"),
    [
        ("FROM none\nCOPY . .", True),
        ("FROM none\nCOPY requirements.txt .\nRUN pip install pandas", True),
        ("FROM none\nRUN pip install \\\n  -r requirements.txt", False),
        ("FROM none\nCOPY requirements.txt /r.txt\nRUN pip install --no-cache-dir -r /r.txt", False),
        (
            "FROM none AS build\nRUN pip install --prefix /x -r requirements.txt\nFROM none\nCOPY --from=build /x /",
            False,
        ),
        ("FROM none\nRUN <<EOF\napt-get update\npip install -r requirements.txt\nEOF", False),
        ("FROM none\nCOPY . .\nRUN pip install --no-deps .", False),
        ("FROM none\nCOPY . .\nRUN ./install.sh", False),
    ],
)
def test_what_the_dockerfile_installs_is_read_from_its_runs(tmp_path: Path, dockerfile: str, *, missing: bool) -> None:
    """A RUN in any stage of the Dockerfile can install packages, also by a script."""
    (tmp_path / "Dockerfile").write_text(dockerfile)
    assert not missing_packages(tmp_path)

    (tmp_path / "requirements.txt").write_text("requests\n")
    assert missing_packages(tmp_path) is missing


def test_packages_that_cannot_be_installed(endpoint: Endpoint) -> None:
    """A failed installation fails the task with pip's last line, and the log has all lines."""
    endpoint.folder("cannot", requirements_txt="./nowhere\n")

    task = endpoint.run("cannot", ["true"])

    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith(
        "CannotStartContainerError: tasks/cannot/requirements.txt cannot be installed: ERROR: "
    )
    assert "nowhere" in "\n".join(endpoint.output(task))


SHARES = """FROM none
WORKDIR /app
ENV PYTHONPATH=/opt/libs:/nowhere
COPY libs/shares /opt/libs/shares
COPY . .
RUN pip install -r requirements.txt
CMD ["python", "main.py", "/app/main.py"]
"""


def test_a_task_has_the_code_that_it_shares(endpoint: Endpoint) -> None:
    """Additional folders are where the Dockerfile copies them, and requirements.txt can name them."""
    shared = endpoint.tasks.parent / "libs/shares"
    shared.parent.mkdir()
    make_package(shared, "installed")
    (shared / "__init__.py").write_text("WORD = 'shared'\n")
    folder = endpoint.folder(
        "shares",
        Dockerfile=SHARES,
        task_toml='additional_folders = ["libs/shares"]',
        requirements_txt="./libs/shares\n",
        main_py="import os, sys, shares\nprint(shares.WORD, os.path.samefile(sys.argv[1], 'main.py'))\n",
    )

    assert endpoint.output(endpoint.run("shares")) == ["shared True"]
    assert endpoint.output(endpoint.run("shares", ["say"])) == ["installed"]

    (shared / "__init__.py").write_text("WORD = 'edited'\n")
    assert endpoint.output(endpoint.run("shares")) == ["edited True"]

    (folder / "link").symlink_to("/etc/hostname")
    reason = endpoint.run("shares")["stoppedReason"]
    assert reason.startswith("CannotStartContainerError: tasks/shares/link is a symbolic link to '/etc/hostname'")


@pytest.mark.parametrize(
    ("name", "dockerfile", "command", "line"),
    [
        ("command", 'CMD ["python", "-c", "print(1)"]', [], "1"),
        ("entry", 'ENTRYPOINT ["python", "-c"]\nCMD ["print(2)"]', [], "2"),
        ("arguments", 'ENTRYPOINT ["python", "-c"]\nCMD ["print(2)"]', ["print(3)"], "3"),
        ("stages", 'ENTRYPOINT ["false"]\nFROM none\nCMD ["python", "-c", \\\n  "print(4)"]', [], "4"),
    ],
)
def test_the_dockerfile_says_what_runs(
    endpoint: Endpoint, name: str, dockerfile: str, command: list[str], line: str
) -> None:
    """The command follows ENTRYPOINT and CMD of the last stage as in Docker."""
    endpoint.folder(name, Dockerfile=f"FROM none\n{dockerfile}\n")

    assert endpoint.output(endpoint.run(name, command)) == [line]


@pytest.mark.parametrize(
    ("name", "dockerfile", "reason"),
    [
        ("nothing", "", "CannotStartContainerError: tasks/nothing has no command: set one in the DAG, in "),
        ("shell", "CMD python x.py", "CannotStartContainerError: tasks/shell/Dockerfile: CMD must be a JSON array, "),
    ],
)
def test_without_a_command_a_task_fails_to_start(endpoint: Endpoint, name: str, dockerfile: str, reason: str) -> None:
    """A task without a command fails with a sentence that says what to do."""
    endpoint.folder(name, Dockerfile=f"FROM none\n{dockerfile}\n")

    task = endpoint.run(name)

    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith(reason)
    assert task["containers"][0]["reason"] == task["stoppedReason"]


def test_a_program_that_is_not_there(endpoint: Endpoint) -> None:
    """A missing program fails the task with its name."""
    endpoint.folder("no_program")

    task = endpoint.run("no_program", ["no-such-program"])

    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"] == 'CannotStartContainerError: "no-such-program": no such program'


def test_a_program_of_the_tasks_folder(endpoint: Endpoint) -> None:
    """A command with `./` starts a program in the task's folder."""
    program = endpoint.folder("programs", run_sh="#!/bin/sh\necho run\n") / "run.sh"
    program.chmod(0o755)

    assert endpoint.output(endpoint.run("programs", ["./run.sh"])) == ["run"]


def test_an_edit_counts_at_the_next_run(endpoint: Endpoint) -> None:
    """An edited program runs at the next start."""
    folder = endpoint.folder("edited", main_py="print('before')")
    assert endpoint.output(endpoint.run("edited", ["python", "main.py"])) == ["before"]

    (folder / "main.py").write_text("print('after')")

    assert endpoint.output(endpoint.run("edited", ["python", "main.py"])) == ["after"]


def test_a_task_has_the_variables_of_its_image(endpoint: Endpoint) -> None:
    """A task has the variables of the Dockerfile's ENV except PATH, and those of RunTask override them."""
    endpoint.folder("image", Dockerfile="FROM none\nENV A=image B=image\nENV PATH=/nowhere\n")

    task = endpoint.run("image", python("environment", "A", "B"), environment=[{"name": "B", "value": "run"}])

    assert endpoint.output(task) == ["image run"]


def test_output_is_there_while_the_task_runs(endpoint: Endpoint) -> None:
    """With PYTHONUNBUFFERED in the image, output is in the log while the task runs."""
    endpoint.folder("live", Dockerfile="FROM none\nENV PYTHONUNBUFFERED=1\n")
    arn = endpoint.start_task(endpoint.register("live", command=python("wait_unflushed")))
    until(lambda: endpoint.task(arn)["lastStatus"] == "RUNNING")

    until(lambda: endpoint.output(endpoint.task(arn)) == ["first"])

    endpoint.ecs.stop_task(cluster=CLUSTER, task=arn)
    assert endpoint.stopped(arn)["containers"][0]["exitCode"] == 143
