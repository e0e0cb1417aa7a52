"""Promises of what Docker gets to build an image from."""

import os
from pathlib import Path

import pytest

from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_content import content_hash
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import Clone


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a task and with code that tasks share."""
    for name, text in {
        "tasks/x/Dockerfile": "FROM scratch\nCOPY . .\n",
        "tasks/x/.dockerignore": "**/__pycache__\n*.md\nlibs/common/tests\n!libs/common/tests/kept.py\n",
        "tasks/x/main.py": "import common\n",
        "tasks/x/package/module.py": "",
        "libs/common/__init__.py": "A = 1\n",
        "libs/common/data/a.csv": "1\n",
        "libs/common/__pycache__/a.pyc": "1",
        "libs/common/tests/test_a.py": "",
        "libs/common/tests/kept.py": "",
        "libs/other/__init__.py": "",
    }.items():
        Clone(tmp_path).write(name, text)
    return tmp_path


def context(project: Path, *folders: str) -> BuildContext:
    """Return the context of the task."""
    return BuildContext(project, "tasks/x", additional_folders=folders)


def tag(project: Path) -> str:
    """Hash the image of the task with the shared code."""
    return content_hash(context(project, "libs/common"), architecture="ARM64")


class TestAdditionalFolders:
    """A context of the task's folder and others."""

    def test_docker_sees_them_under_their_path(self, project: Path) -> None:
        """Beside the task's own files; `.dockerignore` holds for all of them, and no more of the project is there."""
        with context(project, "libs/common").assembled() as folder:
            files = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}

        assert sorted(files) == [
            ".dockerignore",
            "Dockerfile",
            "libs/common/__init__.py",
            "libs/common/data/a.csv",
            "libs/common/tests/kept.py",
            "main.py",
            "package/module.py",
        ]
        assert files["libs/common/__init__.py"] == "A = 1\n"
        assert not folder.exists()

    def test_a_task_alone_is_not_copied(self, project: Path) -> None:
        """Docker reads its folder where it is."""
        with context(project).assembled() as folder:
            assert folder == project / "tasks/x"

    def test_permissions_and_links_are_kept(self, project: Path) -> None:
        """A program stays one, and a link a link, so that the image is that of the tag; a pipe has no content."""
        os.mkfifo(project / "libs/common/pipe")
        (project / "libs/common/run.sh").touch(mode=0o755)
        (project / "libs/common/link").symlink_to("run.sh")
        (project / "libs/common/empty").mkdir()

        with context(project, "libs/common").assembled() as folder:
            assert (folder / "libs/common/run.sh").stat().st_mode & 0o111
            assert (folder / "libs/common/link").readlink() == Path("run.sh")
            assert (folder / "libs/common/empty").is_dir()
            assert not (folder / "libs/common/pipe").exists()
            assert content_hash(BuildContext(folder), architecture="ARM64") == tag(project)

    @pytest.mark.parametrize("name", ["libs/common/__init__.py", "libs/common/new.py", "libs/common/tests/kept.py"])
    def test_a_change_makes_a_new_image(self, project: Path, name: str) -> None:
        """The tag of each task that shares the code changes with it."""
        before = tag(project)

        (project / name).write_text("changed")

        assert tag(project) != before

    @pytest.mark.parametrize(
        "name", ["libs/other/__init__.py", "libs/common/__pycache__/a.pyc", "libs/common/tests/test_a.py", "main.py"]
    )
    def test_what_docker_does_not_see_leaves_the_tag(self, project: Path, name: str) -> None:
        """Other folders, and what the task's `.dockerignore` leaves out."""
        before = tag(project)

        (project / name).write_text("changed")

        assert tag(project) == before

    def test_a_folder_more_is_another_image(self, project: Path) -> None:
        """Even if nothing else has changed."""
        both = content_hash(context(project, "libs/common", "libs/other"), architecture="ARM64")

        assert both != tag(project)
        assert both == content_hash(context(project, "libs/other", "libs/common"), architecture="ARM64")


WAYS = (
    "replace it by a copy of its target or add its folder to additional_folders in tasks/x/task.toml or exclude"
    " the link in .dockerignore"
)


class TestLinks:
    """Symbolic links, which Docker copies as they are."""

    @pytest.mark.parametrize(
        ("name", "target"),
        [
            ("link.py", "main.py"),
            ("package/link.py", "../main.py"),
            ("package/folder", "../package"),
            ("package/all", ".."),
            ("package/itself", "."),
            ("package/link.py", "./../package//module.py"),
            ("made", "by/the/build"),
            (".#main.py", "somebody@example.4242:1700000000"),
        ],
    )
    def test_inside_the_folder_they_are_fine(self, project: Path, name: str, target: str) -> None:
        """They lead to the same in the image; so does one that leads nowhere."""
        (project / "tasks/x" / name).symlink_to(target)

        assert name in context(project).files()

    @pytest.mark.parametrize(
        ("name", "target", "why"),
        [
            ("common", "../../libs/common", "outside tasks/x"),
            ("package/common.py", "../../../libs/common/__init__.py", "outside tasks/x"),
            ("gone", "../gone", "outside tasks/x"),
            ("absolute", "/etc/hostname", "outside tasks/x"),
            ("Dockerfile", "../../libs/Dockerfile", "outside tasks/x"),
            ("circle", "circle", "outside tasks/x"),
            ("notes", "README.md", "which .dockerignore excludes"),
        ],
    )
    def test_one_that_leads_nowhere_in_the_image_is_refused(
        self, project: Path, name: str, target: str, why: str
    ) -> None:
        """Relative or absolute, a file or a folder: the sentence says where it leads and what to do."""
        (project / "tasks/x/README.md").touch()
        (project / "libs/Dockerfile").touch()
        (project / "tasks/x" / name).unlink(missing_ok=True)
        (project / "tasks/x" / name).symlink_to(target)

        with pytest.raises(BadInputError) as refused:
            context(project).files()

        assert str(refused.value) == (
            f"tasks/x/{name} is a symbolic link to {target!r}, {why}, and would be broken in the image; {WAYS}"
        )

    def test_an_absolute_link_into_the_folder_is_refused(self, project: Path) -> None:
        """The image has the folder in another place."""
        (project / "tasks/x/link").symlink_to(project / "tasks/x/main.py")

        with pytest.raises(BadInputError, match=r"^tasks/x/link is a symbolic link to '/.*main\.py', outside tasks/x"):
            context(project).files()

    def test_a_link_by_way_of_another_is_followed(self, project: Path) -> None:
        """What counts is where the last of them leads."""
        (project / "tasks/x/first").symlink_to("package/second")
        (project / "tasks/x/package/second").symlink_to("../..")

        with pytest.raises(BadInputError, match=r"^tasks/x/first is a symbolic link to 'package/second', outside"):
            context(project).files()

    def test_what_is_left_out_is_not_checked(self, project: Path) -> None:
        """`.dockerignore` is one way to go on."""
        (project / "tasks/x/link.md").symlink_to("/etc/hostname")

        assert "link.md" not in context(project).files()

    def test_a_shared_folder_holds_its_links(self, project: Path) -> None:
        """The Dockerfile may copy it to another place than its neighbours."""
        (project / "libs/common/inside").symlink_to("data/a.csv")
        context(project, "libs/common").files()
        (project / "libs/common/link").symlink_to("../other")

        with pytest.raises(BadInputError) as refused:
            context(project, "libs/common", "libs/other").files()

        assert str(refused.value) == (
            f"libs/common/link is a symbolic link to '../other', outside libs/common, and would be broken in the"
            f" image; {WAYS}"
        )
