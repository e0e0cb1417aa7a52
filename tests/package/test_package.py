"""Promises of the wheel, and of a project that depends on it."""

import re
import resource
import shutil
import tomllib
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from constructs_lib.airflow.airflow_image import airflow_context
from constructs_lib.push_image.product_files import PLACES
from tests.clone import PROJECT, Clone
from tests.package.installed import Installed
from tests.requirements_of_machine import require

pytestmark = pytest.mark.programs

USERS_FILES = ("dags", "main.py", "requirements.txt", "stages.py", "tasks")
MAX_CPU_SEC = 15
"""Not seconds of a clock, which depend on the other tests that run."""
VERSION = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]


def cpu_sec() -> float:
    """Return the CPU time of all programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class TestWheel:
    def test_adds_no_other_names(self, wheel: Path) -> None:
        """The wheel adds three packages, each with its types, and no tests, benchmarks or pages."""
        names = ZipFile(wheel).namelist()
        packages = {name.split("/")[0] for name in names} - {f"airflow_on_fargate-{VERSION}.dist-info"}
        template = "airflow_on_fargate/project_template/"

        assert packages == {"airflow_fargate", "airflow_on_fargate", "constructs_lib"}
        assert {f"{package}/py.typed" for package in packages} <= set(names)
        assert not [name for name in names if re.search(r"__pycache__|benchmarks/|docs/|\.local/", name)]
        assert not [name for name in names if "test" in name.rpartition("/")[2] and not name.startswith(template)]

    def test_has_the_packages_of_pipfile(self, wheel: Path) -> None:
        """The wheel depends on the packages of Pipfile, and its extras on Airflow as the image has it."""
        with ZipFile(wheel) as opened:
            [name] = [each for each in opened.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each)]
            metadata = Parser().parsestr(opened.read(name).decode())
        needed = [Requirement(each) for each in metadata.get_all("Requires-Dist", [])]
        pipfile = tomllib.loads((PROJECT / "Pipfile").read_text())
        image = re.findall(
            r"^([\w.-]+)(?:\[[^]]*\])?(==[\d.]\S*?);?\s",
            (PROJECT / "docker/requirements.txt").read_text(),
            re.MULTILINE,
        )

        def of(extra: str) -> dict[str, str]:
            """Return the versions of the packages that *extra* adds, or those without an extra."""
            return {
                each.name: str(each.specifier)
                for each in needed
                if (each.marker is None if not extra else each.marker and f'extra == "{extra}"' in str(each.marker))
            }

        assert metadata["Version"] == VERSION
        assert set(metadata.get_all("Provides-Extra", [])) == {"cdktn", "dags", "deploy", "diagram", "local"}
        assert of("") == pipfile["packages"]
        assert (of("cdktn"), of("deploy")) == (pipfile["cdktn"], pipfile["deploy"])
        assert of("diagram") == {name: pipfile["dev-packages"][name] for name in ("diagrams", "graphviz")}
        assert len(image) > 100
        for extra in ("dags", "local"):
            assert dict(image).items() <= of(extra).items()
        assert {name for name in pipfile["local"] if name not in of("local")} == set()


class TestProject:
    def test_gives_the_json_of_the_repository(self, installed: Installed, tmp_path: Path) -> None:
        """The JSON, with its image tags, is that of a clone with the same files, after at most 15 s of CPU."""
        began = cpu_sec()
        installed.init(tmp_path / "new")
        installed.succeed("airflow-fargate", "synth", folder=tmp_path / "new")
        taken = cpu_sec() - began
        clone = Clone.make(tmp_path / "clone")
        for name in USERS_FILES:
            source, target = tmp_path / "new" / name, clone.folder / name
            if source.is_dir():
                shutil.rmtree(target)
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)
        clone.run()

        assert Clone(tmp_path / "new").output() == clone.output() != {}
        assert taken < MAX_CPU_SEC

    def test_has_the_samples_of_the_repository(self, installed: Installed) -> None:
        """A new project pins the version of the package, and has its own name and the samples."""
        project = tomllib.loads((installed.project / "pyproject.toml").read_text())["project"]

        assert project["name"] == "my-airflow"
        assert project["dependencies"] == [f"airflow-on-fargate[dags,deploy,local]=={VERSION}"]
        assert (installed.project / "dags/test_dag.py").read_text() == (PROJECT / "dags/test_dag.py").read_text()
        assert (installed.project / ".gitignore").is_file()

    def test_a_file_of_the_image_can_be_replaced(self, installed: Installed, tmp_path: Path) -> None:
        """A project's own Dockerfile replaces the package's, and all other files of the image stay."""
        project = tmp_path / "project"
        shutil.copytree(installed.project, project, ignore=shutil.ignore_patterns(".venv", "cdktf.out"))
        context = airflow_context(project)
        before, files = context.dockerfile_path, set(context.files())
        (project / "docker").mkdir()
        (project / "docker/Dockerfile").write_text("FROM scratch\n")

        assert before == PROJECT / "docker/Dockerfile"
        assert context.dockerfile_path == project / "docker/Dockerfile"
        assert context.files().keys() >= files
        with context.assembled() as folder:
            assert (folder / "docker/Dockerfile").read_text() == "FROM scratch\n"
            assert all((folder / name).exists() for name in PLACES)

    @pytest.mark.airflow
    def test_its_tests_succeed(self, installed: Installed) -> None:
        """The tests of a new project find its DAG, with the policy of the image."""
        assert "3 passed" in installed.succeed("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")

    def test_the_cdktf_command_composes_it(self, installed: Installed) -> None:
        """`cdktf synth` writes the JSON of every stage."""
        command = PROJECT / "node_modules/.bin/cdktf"
        require(f"the command {command}", present=command.exists())

        assert "Generated Terraform code for the stacks: airflow-dev, airflow-prod" in installed.succeed(
            str(command), "synth"
        )
