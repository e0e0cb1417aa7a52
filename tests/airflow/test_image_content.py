"""Promises of the tag of Airflow's image, which is built from the project's own folder."""

import json
import os
import shutil
from pathlib import Path

import pytest
from cdktf import TerraformStack, Testing

from constructs_lib.airflow.airflow_image import airflow_context
from constructs_lib.ecs.container_image import ContainerImage
from constructs_lib.push_image import WORDS
from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_build import ImageBuild
from constructs_lib.push_image.image_content import content_hash, part_hashes, read_fields
from constructs_lib.push_image.program import build_context, parse
from constructs_lib.settings.dag_bundles import DagsInGit, DagsInS3
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import PROJECT
from tests.leftovers import leave_behind
from tests.template import Template

PARTS = {
    "constructs_lib/shared/capacity.py": "docker/",
    "docker/airflow_fargate/__init__.py": "docker/",
    "docker/certificates/own.crt": "docker/certificates/",
    "dags/test_dag.py": "dags/",
    "plugins/mine.py": "plugins/",
    "requirements.txt": "requirements.txt",
    "tasks/x/task.toml": "tasks/",
    "wheels/own-1.0-py3-none-any.whl": "wheels/",
}
"""Files of the image, and the part that the plan shows for each."""
INSIDE = tuple(name for name in PARTS if not name.endswith(".crt"))
OUTSIDE = (
    "tasks/x/main.py",
    "tasks/x/data/task.toml",
    "tasks/README.md",
    "constructs_lib/settings/settings.py",
    "wheels/own-1.0.tar.gz",
    "dags/__pycache__/test_dag.pyc",
    "main.py",
    ".env",
    ".venv/lib/module.py",
)


class TestAirflowImage:
    """The image of Airflow is built from the project's own folder."""

    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        """Return a project with what the image holds and what it does not."""
        for name in ("docker/Dockerfile", *INSIDE, *OUTSIDE):
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        shutil.copy(PROJECT / ".dockerignore", tmp_path)
        return tmp_path

    def at_apply(self, project: Path, context: BuildContext) -> BuildContext:
        """Return the context that the program builds to which Terraform passes the options of *context*."""
        stack = TerraformStack(Testing.app(), "stack")
        image = ImageBuild("airflow", context, "ARM64")
        ContainerImage(stack, "Image", name="a", image=image, region="x", protected=False, registry_logins={})
        [push] = Template.of(stack).pushes().values()
        words = json.loads(push["provisioner"][0]["local-exec"]["environment"][WORDS])
        return build_context(parse([each.replace("${", "$") for each in words]), project)

    def tag(self, project: Path) -> str:
        """Hash *project* as the image of Airflow."""
        return content_hash(airflow_context(project), architecture="ARM64")

    def test_a_project_may_ignore_a_file_of_the_package(self, tmp_path: Path) -> None:
        """The project's own .dockerignore applies to the package's files too, as it would to its own."""
        (tmp_path / ".dockerignore").write_text("docker/requirements.txt\n")

        names = airflow_context(tmp_path).files()

        assert "docker/Dockerfile" in names
        assert "docker/requirements.txt" not in names

    def test_the_products_files_come_from_the_package(self, tmp_path: Path) -> None:
        """A project of only the user's files has the image of a clone, also for the program that builds it at apply."""
        for name in ("dags", "tasks"):
            shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        words = ["--repository-url=x", "--tag=x", "--context=.", "--dockerfile=docker/Dockerfile", "--region=x"]
        at_apply = build_context(parse([*words, "--architecture=ARM64"]), tmp_path)

        assert self.tag(tmp_path) == self.tag(PROJECT) == content_hash(at_apply, architecture="ARM64")

    @pytest.mark.parametrize("name", INSIDE)
    def test_what_airflow_runs_makes_a_new_image(self, project: Path, name: str) -> None:
        """A change in Airflow's own files, the DAGs or the catalogue of tasks changes the tag."""
        before = self.tag(project)

        (project / name).write_text("changed")

        assert self.tag(project) != before

    @pytest.mark.parametrize(("name", "part"), PARTS.items())
    def test_a_change_is_one_of_one_part(self, project: Path, name: str, part: str) -> None:
        """A changed file changes the hash of its part, and no other."""
        before = part_hashes(context := airflow_context(project), read_fields(context))
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("changed")

        after = part_hashes(context, read_fields(context))

        assert [each for each in after if after[each] != before.get(each)] == [part]

    def test_arguments_of_the_build_are_a_part(self, project: Path) -> None:
        """The plan shows that an image gets git."""
        context = airflow_context(project, DagsInGit(url="https://example.com/dags"))

        assert "build arguments" in part_hashes(context, read_fields(context))

    @pytest.mark.parametrize("name", INSIDE)
    def test_with_bundles_a_changed_dag_is_no_new_image(self, project: Path, name: str) -> None:
        """With DAGs in bundles, the image has neither `dags/` nor `tasks/`, at synth and at apply."""
        before = content_hash(airflow_context(project, DagsInS3()), architecture="ARM64")

        (project / name).write_text("changed")

        context = airflow_context(project, DagsInS3())
        after = content_hash(context, architecture="ARM64")
        assert (after == before) == name.startswith(("dags/", "tasks/"))
        assert after == content_hash(self.at_apply(project, context), architecture="ARM64")
        with context.assembled() as folder:
            assert {each.name for each in folder.iterdir()}.isdisjoint({"dags", "tasks"})

    def test_git_is_in_the_image_of_bundles_in_git(self, project: Path) -> None:
        """Only the build for DAGs in Git installs git, and it is another image."""
        in_git = airflow_context(project, {"a": DagsInS3(), "b": DagsInGit(url="https://example.com/dags")})

        assert in_git.build_arguments == ("WITH_GIT=1",) == self.at_apply(project, in_git).build_arguments
        assert airflow_context(project, DagsInS3()).build_arguments == ()
        assert content_hash(in_git, architecture="ARM64") != content_hash(
            airflow_context(project, DagsInS3()), architecture="ARM64"
        )

    @pytest.mark.parametrize("name", OUTSIDE)
    def test_the_rest_of_the_project_stays_outside(self, project: Path, name: str) -> None:
        """Code of tasks, developers' secrets, the virtual environment and the constructs are not in the image."""
        before = self.tag(project)

        (project / name).write_text("changed")

        assert self.tag(project) == before

    @pytest.mark.parametrize("folder", ["dags", "dags/reports", "plugins", "docker/airflow_fargate"])
    def test_what_editors_leave_behind_makes_no_new_image(self, project: Path, folder: str) -> None:
        """Files of editors and file managers do not change the tag."""
        before = self.tag(project)

        leave_behind(project / folder)

        assert self.tag(project) == before

    @pytest.mark.parametrize(
        ("name", "target", "outside"),
        [
            ("dags", "../dags", "outside dags"),
            ("dags/common", "../../common", "outside dags"),
            ("dags/common", "../common", "outside dags"),
            ("dags/common.py", "../main.py", "outside dags"),
            ("dags/common.py", "/etc/hostname", "outside dags"),
            ("plugins/dags", "../dags", "outside plugins"),
            ("tasks/y", "../../y", "outside tasks"),
            ("requirements.txt", "../requirements.txt", "outside the project"),
            ("tasks/x/task.toml", "main.py", "which .dockerignore excludes"),
        ],
    )
    def test_a_link_that_would_lead_nowhere_is_refused(
        self, project: Path, name: str, target: str, outside: str
    ) -> None:
        """A link that would be broken in the image is refused."""
        file = project / name
        shutil.rmtree(file, ignore_errors=True)
        file.unlink(missing_ok=True)
        file.parent.mkdir(exist_ok=True)
        file.symlink_to(target)
        # What it leads to exists on this machine: a file that is missing gets another sentence.
        (project.parent / "requirements.txt").touch()

        with pytest.raises(BadInputError) as refused:
            content_hash(airflow_context(project), architecture="ARM64")

        assert str(refused.value) == (
            f"{name} is a symbolic link to {target!r}, {outside}, and would be broken in the image;"
            " replace it by a copy of its target or exclude the link in .dockerignore"
        )

    def test_a_link_inside_dags_is_fine(self, project: Path) -> None:
        """A link inside `dags/` is accepted, because the image has the whole folder."""
        (project / "dags/team").mkdir()
        (project / "dags/team/a.py").symlink_to("../test_dag.py")

        assert content_hash(airflow_context(project), architecture="ARM64")

    def test_packages_that_the_image_cannot_install_are_refused(self, project: Path) -> None:
        """requirements.txt is checked before a tag is computed, and a line that names another file is refused."""
        (project / "requirements.txt").write_text("-r other.txt\n")

        with pytest.raises(BadInputError, match=r"^requirements.txt: '-r other.txt' does not work in the image: "):
            self.tag(project)

    def test_what_is_ignored_is_not_walked_through(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ignored folders, such as the virtual environment, are not walked."""
        listed: list[str] = []
        listdir = os.listdir

        def watched(folder: str) -> list[str]:
            listed.append(str(folder))
            return listdir(folder)

        monkeypatch.setattr(os, "listdir", watched)

        self.tag(project)

        assert str(project / "tasks" / "x") in listed
        assert not [folder for folder in listed if ".venv" in folder]
