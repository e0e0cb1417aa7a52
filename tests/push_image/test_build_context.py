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
    """Build a context of the task's folder and others."""

    def test_docker_sees_them_under_their_path(self, project: Path) -> None:
        """Additional folders have their path in the context, `.dockerignore` applies, and nothing else is there."""
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
        """A task without additional folders is built from its own folder."""
        with context(project).assembled() as folder:
            assert folder == project / "tasks/x"

    def test_permissions_and_links_are_kept(self, project: Path) -> None:
        """The copy keeps permissions and links, and omits a pipe."""
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
        """A change in an additional folder changes the tag of each task that uses it."""
        before = tag(project)

        (project / name).write_text("changed")

        assert tag(project) != before

    @pytest.mark.parametrize(
        "name", ["libs/other/__init__.py", "libs/common/__pycache__/a.pyc", "libs/common/tests/test_a.py", "main.py"]
    )
    def test_what_docker_does_not_see_leaves_the_tag(self, project: Path, name: str) -> None:
        """Other folders and ignored files do not change the tag."""
        before = tag(project)

        (project / name).write_text("changed")

        assert tag(project) == before

    def test_a_folder_more_is_another_image(self, project: Path) -> None:
        """An added folder changes the tag."""
        both = content_hash(context(project, "libs/common", "libs/other"), architecture="ARM64")

        assert both != tag(project)
        assert both == content_hash(context(project, "libs/other", "libs/common"), architecture="ARM64")


WAYS = (
    "replace it by a copy of its target or add its folder to additional_folders in tasks/x/task.toml or exclude"
    " the link in .dockerignore"
)


class TestLinks:
    """Check symbolic links, which Docker copies unchanged."""

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
        """Links inside the folder are accepted, also broken ones."""
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
        """A link that would be broken in the image is refused with its target and what to do."""
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
        """An absolute link into the folder is refused."""
        (project / "tasks/x/link").symlink_to(project / "tasks/x/main.py")

        with pytest.raises(BadInputError, match=r"^tasks/x/link is a symbolic link to '/.*main\.py', outside tasks/x"):
            context(project).files()

    def test_a_link_by_way_of_another_is_followed(self, project: Path) -> None:
        """A chain of links is followed to its end."""
        (project / "tasks/x/first").symlink_to("package/second")
        (project / "tasks/x/package/second").symlink_to("../..")

        with pytest.raises(BadInputError, match=r"^tasks/x/first is a symbolic link to 'package/second', outside"):
            context(project).files()

    def test_what_is_left_out_is_not_checked(self, project: Path) -> None:
        """An ignored link is not checked."""
        (project / "tasks/x/link.md").symlink_to("/etc/hostname")

        assert "link.md" not in context(project).files()

    def test_a_shared_folder_holds_its_links(self, project: Path) -> None:
        """A link out of an additional folder is refused."""
        (project / "libs/common/inside").symlink_to("data/a.csv")
        context(project, "libs/common").files()
        (project / "libs/common/link").symlink_to("../other")

        with pytest.raises(BadInputError) as refused:
            context(project, "libs/common", "libs/other").files()

        assert str(refused.value) == (
            f"libs/common/link is a symbolic link to '../other', outside libs/common, and would be broken in the"
            f" image; {WAYS}"
        )
