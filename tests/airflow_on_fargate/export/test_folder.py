"""The folder of an export."""

from pathlib import Path

import pytest

from airflow_on_fargate.export.folder import MARK, check_folder, path_to, text_of, write_folder
from airflow_on_fargate.export.hcl import Block, Body
from constructs_lib.shared.bad_input import BadInputError

FILES = {"network.tf": text_of([Block("resource", ("aws_vpc", "network"), Body({"cidr_block": '"10.0.0.0/16"'}))])}


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    """With the folders on its way."""
    [file] = write_folder(tmp_path / "a" / "b", FILES)

    assert file == tmp_path / "a" / "b" / "network.tf"
    assert file.read_text() == f'{MARK}\n\nresource "aws_vpc" "network" {{\n  cidr_block = "10.0.0.0/16"\n}}\n'
    assert [each.name for each in (tmp_path / "a").iterdir()] == ["b"]


def test_an_earlier_export_is_replaced(tmp_path: Path) -> None:
    """A file of a part that the stage no longer has would define it again; files of Terraform and git stay."""
    write_folder(tmp_path, {"old.tf": "", **FILES})
    for name in (".gitignore", ".terraform.lock.hcl", "terraform.tfstate", "prod.tfvars"):
        (tmp_path / name).write_text("")

    check_folder(tmp_path, as_module=False)
    write_folder(tmp_path, FILES)

    assert sorted(each.name for each in tmp_path.rglob("*") if each.is_file()) == [
        ".gitignore",
        ".terraform.lock.hcl",
        "network.tf",
        "prod.tfvars",
        "terraform.tfstate",
    ]


@pytest.mark.parametrize("name", ["README.md", "main.tf", "terraform.tf", "binary.tf"])
def test_a_folder_with_other_files_is_refused(name: str, tmp_path: Path) -> None:
    """A file of the user would be lost, or define what the export defines too."""
    (tmp_path / name).write_bytes(b"\xff" if name == "binary.tf" else b"# mine")

    with pytest.raises(
        BadInputError, match=f"new, empty or of an earlier export, got '{tmp_path}', which has '{name}'"
    ):
        check_folder(tmp_path, as_module=False)


def test_files_in_the_folders_of_a_module_are_the_users_too(tmp_path: Path) -> None:
    """A test that the user has added is not lost; Terraform's own files may be there."""
    write_folder(tmp_path, {"README.md": "# A", "examples/two/main.tf": ""})
    (tmp_path / "examples" / "two" / ".terraform" / "providers").mkdir(parents=True)
    (tmp_path / "examples" / "two" / ".terraform" / "providers" / "aws").write_text("")
    check_folder(tmp_path, as_module=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "mine.tftest.hcl").write_text("# mine")

    with pytest.raises(BadInputError, match=r"which has 'tests/mine\.tftest\.hcl'$"):
        check_folder(tmp_path, as_module=False)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """The sentence names it."""
    file = tmp_path / "file"
    file.write_text("")

    with pytest.raises(BadInputError, match=f"^--to must be a writable folder, got '{file}': {file} is a file$"):
        check_folder(file, as_module=False)


@pytest.mark.parametrize("has_module", [True, False])
def test_an_export_of_the_other_kind_is_refused(tmp_path: Path, has_module: bool) -> None:
    """A root is not written over a module, nor a module over a root: the folder would have another meaning."""
    write_folder(tmp_path, {"README.md": "# A", **FILES} if has_module else FILES)
    has, advice = ("a module", "add --module") if has_module else ("a root", "leave out --module")

    check_folder(tmp_path, as_module=has_module)
    with pytest.raises(BadInputError, match=f"which has {has}; choose another folder, or {advice}$"):
        check_folder(tmp_path, as_module=not has_module)


def test_a_folder_that_cannot_be_written_is_one_sentence() -> None:
    """It names the folder of the option, and no other."""
    with pytest.raises(BadInputError, match=r"^--to '/proc/x' cannot be written: "):
        write_folder(Path("/proc/x"), FILES)


def test_the_path_to_the_project_is_relative(tmp_path: Path) -> None:
    """So that the two can move together."""
    assert path_to(tmp_path / "project", tmp_path / "project" / "terraform" / "prod") == "../.."
