"""The module of an exported stage: Terraform plans, applies and destroys it, twice side by side."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import main
from airflow_on_fargate.export.export import export_module
from constructs_lib.engine.synthesized_stack import environment as environment_of
from constructs_lib.engine.template import references
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import find_task_folders
from tests.template import Template
from tests.terraform.cloud import Cloud
from tests.terraform.deployment import output, run
from tests.variants import VARIANTS, compose

pytestmark = pytest.mark.terraform

HOSTILE = '${var.stage} %{ if true } "quoted" \\n $${'
"""A user's text that must arrive as it is."""
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/image:1"
IMAGES = {"airflow_image": IMAGE, "task_images": {"multi_task": IMAGE, "number_task": IMAGE}}
ONCE = ("existing", "no_nat", "ec2")
"""Variants whose modules have what the others lack: look-ups, endpoints, instances."""
OTHER = {"vpc_cidr": "10.7.16.0/20", "log_retention_days": 7}
POOL = {"min": 2, "max": 200}
"""Values of the second module, among them numbers of workers that others are computed from."""


def write(settings: Settings, folder: Path) -> None:
    """Write the module of a stage into *folder*."""
    folders = find_task_folders(main.PROJECT / "tasks", stage=settings.stage)
    export_module(settings, folders, project=main.PROJECT, folder=folder)


def test_a_root_has_the_module_twice(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """Both are what their values say, the next plan is empty, no name is in use, and a destroy leaves nothing."""
    settings = VARIANTS["worker_pool"].model_copy(update={"environment": {"HOSTILE": HOSTILE}})
    write(settings, tmp_path / "module")
    folder, cloud = tmp_path / "module" / "examples" / "two", Cloud(tmp_path / "cloud")
    pool = {f"worker_pools_default_{name}": value for name, value in POOL.items()}
    override = {"module": {"green": {**OTHER, **pool}}}
    (folder / "override.tf.json").write_text(json.dumps(override), encoding="utf-8")
    (folder / "terraform.tfvars.json").write_text(json.dumps(IMAGES), encoding="utf-8")
    own = {**environment, "STANDIN_CLOUD": str(cloud.folder)}

    def terraform(*words: str) -> str:
        return output(run("terraform", *words, folder=folder, environment=own))

    terraform("init")
    terraform("apply", "-auto-approve")
    terraform("plan", "-detailed-exitcode")
    state = json.loads(terraform("show", "-json"))["values"]["root_module"]["child_modules"]
    blue, green = ({each["address"].split(".", 2)[2]: each["values"] for each in one["resources"]} for one in state)
    assert blue.keys() == green.keys()
    workers = settings.worker_pools["default"].model_copy(update=POOL)
    other = settings.model_copy(update={"stage": "green", "worker_pools": {"default": workers}, **OTHER, **IMAGES})
    assert wrong_values(Template.of(compose(other)), green) == []
    assert [each["Stack"] for each in (blue["aws_vpc.network"]["tags_all"], green["aws_vpc.network"]["tags_all"])] == [
        "airflow-blue",
        "airflow-green",
    ]
    terraform("destroy", "-auto-approve")
    assert cloud.files() == {}


def wrong_values(stack: Template, state: Mapping[str, Any]) -> list[str]:
    """Return the variables of containers, ranges of addresses and retentions in *state* that *stack* does not have."""
    wrong = []
    for name in stack.all("aws_ecs_task_definition"):
        definitions = json.loads(state[f"aws_ecs_task_definition.{name}"]["container_definitions"])
        found = {each["name"]: environment_of(each) for each in definitions}
        for container, expected in stack.containers(name).items():
            for variable, value in environment_of(expected).items():
                if not references(value) and found[container][variable] != value:
                    wrong.append(f"{name}.{container}.{variable}: {found[container][variable]}, not {value}")
    for kind, attribute in (("aws_subnet", "cidr_block"), ("aws_cloudwatch_log_group", "retention_in_days")):
        for name, each in stack.all(kind).items():
            if state[f"{kind}.{name}"][attribute] != each[attribute]:
                wrong.append(f"{kind}.{name}.{attribute}")
    return wrong


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
