"""`airflow-fargate export`: what it writes and refuses."""

from pathlib import Path

import pytest

import main
import stages as stages_file
from airflow_on_fargate.export.export import export, export_module
from constructs_lib.settings.settings import Settings
from tests.command import Ended, command, refused

DEV = Settings(stage="dev", state_bucket="states")


@pytest.fixture(autouse=True)
def _one_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages_file, "STAGES", (DEV,))
    monkeypatch.delenv("TF_STATE_BUCKET", raising=False)


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the stage is exported to."""
    return tmp_path_factory.mktemp("export") / "terraform"


@pytest.fixture(name="ended", scope="module")
def _ended(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Export the stage, once for all tests that read its files."""
    file = tmp_path_factory.mktemp("outdir") / "file"
    file.write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages_file, "STAGES", (DEV,))
        patch.delenv("TF_STATE_BUCKET", raising=False)
        patch.setenv("CDKTF_OUTDIR", str(file))
        return command("export", "--stage", "dev", "--to", str(folder))


def test_a_stage_is_written_as_a_file_for_each_part(ended: Ended, folder: Path) -> None:
    """The paths are printed, and a warning that this stage builds images when it is applied."""
    names = {each.name for each in folder.iterdir()}
    assert {"terraform.tf", "network.tf", "database.tf", "load_balancer.tf", "airflow.tf", "outputs.tf"} < names
    assert ended.output.splitlines() == sorted(str(folder / each) for each in names)
    assert ended.errors == (
        "warning: stage 'dev' builds 3 images when it is applied, which needs this project, Python and Docker\n"
    )


@pytest.mark.usefixtures("ended")
def test_images_are_built_from_the_project(folder: Path) -> None:
    """The command runs in the project's folder, wherever the files are."""
    [line] = {each.strip() for each in (folder / "airflow.tf").read_text().splitlines() if "working_dir" in each}
    assert (folder / line.split('"')[1]).resolve() == main.PROJECT


def test_a_stage_that_builds_no_image_has_no_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its files need neither this project nor Python."""
    image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/airflow:1"

    export(DEV.model_copy(update={"airflow_image": image}), (), project=main.PROJECT, folder=tmp_path)

    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("ended")
def test_a_stage_is_written_as_a_module(tmp_path: Path) -> None:
    """With an example and tests."""
    folder = tmp_path / "module"

    ended = command("export", "--stage", "dev", "--module", "--to", str(folder))

    files = sorted(each for each in folder.rglob("*") if each.is_file())
    assert ended.output.splitlines() == [str(each) for each in files]
    assert ended.errors == ""
    assert 'backend "' not in "".join(each.read_text() for each in files)
    example = (folder / "examples" / "two" / "main.tf").read_text()
    assert '  stage         = "blue"\n  airflow_image = var.airflow_image\n' in example
    readme = (folder / "README.md").read_text()
    assert readme.startswith("<!-- Written by `airflow-fargate export`.")
    assert "| `airflow_image` | Image of Airflow. | `string` | required |" in readme
    assert (
        "| `stage` | Name of the stage. The stack is `airflow-<stage>`, and all names on AWS start with that." in readme
    )
    assert "| `airflow_url` | Airflow's UI and API |" in readme


def test_two_modules_of_a_domain_have_two_names(tmp_path: Path) -> None:
    """And with images of their own nothing is required."""
    settings = DEV.model_copy(
        update={
            "domain_name": "example.com",
            "hosted_zone_id": "Z0123456789",
            "airflow_image": "registry.example.com/airflow:1",
        }
    )

    export_module(settings, (), project=main.PROJECT, folder=tmp_path)

    example = (tmp_path / "examples" / "two" / "main.tf").read_text()
    assert '  stage       = "blue"\n  domain_name = "blue.example.com"\n}' in example
    assert (tmp_path / "tests" / "variables.tftest.hcl").read_text().count("variables {\n") == (
        (tmp_path / "tests" / "variables.tftest.hcl").read_text().count("expect_failures")
    )


@pytest.mark.usefixtures("ended")
def test_an_export_does_not_need_the_folder_of_the_json(folder: Path) -> None:
    """It writes elsewhere, also if no JSON can be written in CDKTF_OUTDIR."""
    assert (folder / "network.tf").exists()


def test_a_folder_with_other_files_is_one_sentence(tmp_path: Path) -> None:
    """Nothing is written."""
    (tmp_path / "main.tf").write_text("# mine")

    sentence = refused("export", "--stage", "dev", "--to", str(tmp_path))

    assert sentence.startswith("error: --to must be a folder that is new, empty or of an earlier export")

    assert [each.name for each in tmp_path.iterdir()] == ["main.tf"]
