"""The module of an exported stage: Terraform plans, applies and destroys it, twice side by side."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import main
from airflow_on_fargate.export.export import export_module
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import find_task_folders
from tests.terraform.cloud import Cloud
from tests.terraform.deployment import output, run
from tests.variants import VARIANTS

pytestmark = pytest.mark.terraform

HOSTILE = '${var.stage} %{ if true } "quoted" \\n $${'
"""A user's text that must arrive as it is."""
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/image:1"
IMAGES = {"airflow_image": IMAGE, "task_images": {"multi_task": IMAGE, "number_task": IMAGE}}
ONCE = ("existing", "tls", "no_nat", "ec2", "worker_pools")
"""Variants whose modules have what the others lack: look-ups, a certificate, endpoints, instances, two pools."""


def write(settings: Settings, folder: Path) -> None:
    """Write the module of a stage into *folder*."""
    folders = find_task_folders(main.PROJECT / "tasks", stage=settings.stage)
    export_module(settings, folders, project=main.PROJECT, folder=folder)


def test_a_root_has_the_module_twice(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """Both are created, the next plan is empty, no name is in use, and a destroy leaves nothing."""
    settings = VARIANTS["worker_pool"].model_copy(update={"environment": {"HOSTILE": HOSTILE}})
    write(settings, tmp_path / "module")
    folder, cloud = tmp_path / "module" / "examples" / "two", Cloud(tmp_path / "cloud")
    (folder / "terraform.tfvars.json").write_text(json.dumps(IMAGES), encoding="utf-8")
    own = {**environment, "STANDIN_CLOUD": str(cloud.folder)}

    def terraform(*words: str) -> str:
        return output(run("terraform", *words, folder=folder, environment=own))

    terraform("init")
    terraform("apply", "-auto-approve")
    terraform("plan", "-detailed-exitcode")
    state = json.loads(terraform("show", "-json"))["values"]["root_module"]
    resources = {
        module["address"]: {
            each["address"].removeprefix(f"{module['address']}."): each["values"] for each in module["resources"]
        }
        for module in state["child_modules"]
    }
    blue, green = resources["module.blue"], resources["module.green"]
    assert blue.keys() == green.keys()
    for name in ("aws_ecs_cluster.cluster", "aws_db_instance.database", "aws_iam_role.airflow_task"):
        assert json.dumps(blue[name]).replace("airflow-blue", "airflow-green") != json.dumps(blue[name])
    assert "airflow-pool" not in json.dumps([blue, green])
    [container, *_] = json.loads(green["aws_ecs_task_definition.airflow"]["container_definitions"])
    assert {"name": "HOSTILE", "value": HOSTILE} in container["environment"]
    assert blue["aws_sqs_queue.queue_default"]["tags_all"]["Stack"] == "airflow-blue"
    terraform("destroy", "-auto-approve")
    assert cloud.files() == {}


def test_the_tests_of_the_module_pass(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """Its files are formatted, and `terraform test` finds that each wrong value of a variable is refused."""
    write(VARIANTS["prod"], tmp_path)

    output(run("terraform", "fmt", "-check", "-diff", "-recursive", folder=tmp_path, environment=environment))
    output(run("terraform", "init", folder=tmp_path, environment=environment))
    printed = output(run("terraform", "test", folder=tmp_path, environment=environment))

    runs = (tmp_path / "tests" / "variables.tftest.hcl").read_text(encoding="utf-8").count("\nrun ")
    assert f"Success! {runs} passed, 0 failed." in printed


@pytest.mark.parametrize("name", ONCE)
def test_modules_of_other_stages_are_valid(name: str, tmp_path: Path, environment: Mapping[str, str]) -> None:
    """Every reference and argument exists, in the module and in its example, and the files are formatted."""
    write(VARIANTS[name], tmp_path)

    output(run("terraform", "fmt", "-check", "-diff", "-recursive", folder=tmp_path, environment=environment))
    folder = tmp_path / "examples" / "two"
    output(run("terraform", "init", folder=folder, environment=environment))
    output(run("terraform", "validate", folder=folder, environment=environment))
