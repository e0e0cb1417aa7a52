"""The module of a stage: what is a variable, and what it becomes."""

import json
import re
from functools import cache
from typing import Any

import pytest
from pydantic import BaseModel

import main
from airflow_on_fargate.export import inputs as inputs_module
from airflow_on_fargate.export import module as module_file
from airflow_on_fargate.export.folder import text_of
from airflow_on_fargate.export.hcl import Call
from airflow_on_fargate.export.inputs import changed, inputs_of, value_at, with_sizes
from airflow_on_fargate.export.module import Module, module_of
from airflow_on_fargate.export.module_images import ECR_IMAGE, ModuleImages
from airflow_on_fargate.export.module_mocks import mocked_plan
from airflow_on_fargate.export.module_variables import variables_of
from airflow_on_fargate.export.probes import Probes
from airflow_on_fargate.export.variable import REQUIRED, Condition, meaning
from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.engine.template import json_document, references
from constructs_lib.settings.capacity import Ec2Capacity, TaskSize
from constructs_lib.settings.dag_bundles import DagsInS3
from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_folder import find_task_folders
from constructs_lib.settings.worker_pool import WorkerPool
from constructs_lib.shared.bad_input import BadInputError
from tests.variants import DATABASE, IMAGE, NETWORK, TASK_IMAGE, VARIANTS

MIXED = Settings(
    stage="mixed",
    existing_network=NETWORK,
    existing_database=DATABASE,
    role_path="/teams/data/",
    tags={"Team": "data"},
    listener_protocol="TLS",
    domain_name="airflow.example.com",
    hosted_zone_id="Z0123456789",
    ec2_capacity=Ec2Capacity(instance_type="m7i.xlarge", max_instances=10, root_volume_gib=100),
    compact_capacity="EC2",
    worker_pools={
        "spot": WorkerPool(max=20, capacity="FARGATE_SPOT", architecture="ARM64"),
        "high_memory": WorkerPool(size=TaskSize(cpu=2048, memory_mib=16384), slots=1, max=3),
    },
    airflow_image=IMAGE,
    task_images={"number_task": TASK_IMAGE},
    registry_credentials={"registry.example.com": "team/registry"},
    dags={"etl": DagsInS3(), "shared": DagsInS3(bucket="team-dags", prefix="teams/data")},
)
"""What the other stages do not have, in one stage, because a module is composed twice."""
STAGES = {"prod": VARIANTS["prod"], "mixed": MIXED}
IMAGE_REGISTRY = "registry.example.com/team"
TEXT = "${var.stage} zq1x 7000003"
OTHER_VALUES: dict[str, dict[tuple[str, ...], Any]] = {
    "prod": {
        ("stage",): "other",
        ("region",): "eu-west-1",
        ("tags",): {"Team": "data"},
        ("allowed_cidrs",): ("203.0.113.0/24", "198.51.100.0/24"),
        ("vpc_cidr",): "10.7.16.0/20",
        ("log_retention_days",): 7,
        ("database_instance_class",): "db.r8g.large",
        ("database_storage_gib",): 50,
        ("database_max_storage_gib",): 60,
        ("database_backup_retention_days",): 0,
        ("key_versions", "fernet"): 2,
        ("key_versions", "database"): 3,
        ("worker_pools",): {
            "default": WorkerPool(
                size=TaskSize(cpu=4096, memory_mib=16384),
                min=0,
                max=60,
                scale_in_after_min=7,
                scale_out_cooldown_sec=30,
            )
        },
        ("processes",): {
            "scheduler": ProcessSettings(count=3),
            "api-server": ProcessSettings(count=2, max_count=9, size=TaskSize(cpu=4096, memory_mib=8192)),
            "triggerer": ProcessSettings(max_count=4),
        },
    },
    "mixed": {
        ("stage",): "other",
        ("existing_network",): NETWORK.model_copy(
            update={
                "vpc_id": "vpc-0f",
                "private_subnet_ids": ("subnet-0f", "subnet-0e", "subnet-0d"),
                "public_subnet_ids": ("subnet-1f", "subnet-1e", "subnet-1d"),
            }
        ),
        ("existing_database",): DATABASE.model_copy(
            update={
                "host": "other.example.com",
                "port": 5433,
                "name": "other",
                "secret_arn": "arn:aws:secretsmanager:eu-central-1:210987654321:secret:other-a1B2c3",
                "security_group_id": "sg-0f",
            }
        ),
        ("tags",): {"Team": "web"},
        ("domain_name",): "other.example.org",
        ("hosted_zone_id",): "Z9876543210",
        ("ec2_capacity", "max_instances"): 3,
        ("worker_pools", "spot", "max"): 300,
        ("worker_pools", "high_memory", "max"): 5,
        ("airflow_image",): IMAGE.replace("123456789012", "210987654321").replace("eu-central-1", "eu-west-1"),
        ("task_images",): {"number_task": TASK_IMAGE.replace("team", "other")},
    },
}
"""Values that differ from those of a variant and that land nowhere but in arguments."""
STEPS = "step_adjustment"


def module(settings: Settings) -> Module:
    """Return the module of a stage of this project."""
    return module_of(settings, find_task_folders(main.PROJECT / "tasks", stage=settings.stage), project=main.PROJECT)


@cache
def module_of_stage(name: str) -> Module:
    """Return the module of one of the `STAGES`, which tests only read."""
    return module(STAGES[name])


def plain(value: Any) -> Any:  # noqa: ANN401 as JSON is
    """Return a module without defaults of variables, and without the steps of scaling policies."""
    match value:
        case Call():
            return [value.name, *map(plain, value.arguments)]
        case dict():
            return {key: plain(each) for key, each in value.items() if key not in ("default", STEPS, "//")}
        case list():
            return [plain(each) for each in value]
    return value


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_stages_with_other_values_have_the_same_module(name: str) -> None:
    """So no value is left in it: a variable takes the place of each, wherever the stack has put it."""
    other = STAGES[name]
    for path, value in OTHER_VALUES[name].items():
        other = changed(other, path, value)

    one, two = module_of_stage(name), module(other)

    assert plain(one.document) == plain(two.document)
    assert one.layout == two.layout
    defaults = {each.name: each.default for each in two.variables}
    for path, value in OTHER_VALUES[name].items():
        if (variable := "_".join(path)) in defaults and path != ("task_images",):
            assert defaults[variable] == value


@pytest.fixture(name="usual", scope="module")
def _usual() -> Module:
    """Return the module of a stage that has nothing special."""
    return module_of_stage("prod")


@pytest.fixture(name="special", scope="module")
def _special() -> Module:
    """Return the module of a stage with what is rare: a long name, a text like a template, a region without another."""
    settings = Settings(
        stage="dev",
        region="eusc-de-east-1",
        environment={"TEXT": TEXT},
        image_registry=IMAGE_REGISTRY,
        worker_pools={"a" * 34: WorkerPool()},
    )
    return module(settings)


def test_a_module_has_what_is_not_of_a_root(usual: Module) -> None:
    """Neither provider nor backend, no program runs at an apply, and the versions stay."""
    document = usual.document

    assert not {"provider", "removed"} & document.keys()
    assert document["terraform"].keys() == {"required_providers", "required_version"}
    assert "local-exec" not in json.dumps(plain(document))
    assert SynthesizedStack(document).all("aws_ecr_repository") == {}


def test_every_resource_with_tags_has_those_of_the_module(usual: Module) -> None:
    """The provider of a root may have other default tags, or none."""
    resources = SynthesizedStack(usual.document)

    assert resources.all("aws_sqs_queue")["queue_default"]["tags"] == "${local.tags}"
    assert resources.one("aws_vpc")["tags"] == Call("merge", ("${local.tags}", {"Name": "airflow-${var.stage}"}))
    assert "tags" not in resources.all("aws_iam_role_policy")["scheduler_task"]
    assert usual.document["locals"]["tags"] == Call(
        "merge", ({"ManagedBy": "terraform", "Stack": "airflow-${var.stage}"}, "${var.tags}")
    )


def test_an_auto_scaling_group_has_a_block_for_each_tag() -> None:
    """The default tags of a provider do not reach it."""
    group = SynthesizedStack(module_of_stage("mixed").document).one("aws_autoscaling_group")

    assert "tag" not in group
    assert group["dynamic"]["tag"]["for_each"].arguments[0] == "${local.tags}"
    assert group["dynamic"]["tag"]["content"] == {
        "key": "${tag.key}",
        "value": "${tag.value}",
        "propagate_at_launch": True,
    }


def test_each_allowed_network_has_a_rule(usual: Module) -> None:
    """A network more or less changes no other rule."""
    rules = SynthesizedStack(usual.document).all("aws_vpc_security_group_ingress_rule")
    rule = rules["load_balancer_from_networks"]

    assert rule["for_each"] == "${toset(var.allowed_cidrs)}"
    assert rule["cidr_ipv4"] == "${each.value}"
    assert rule["description"] == "${each.value} to LoadBalancer"


def test_images_that_a_stage_builds_are_required(usual: Module, special: Module) -> None:
    """A module cannot build them, and those in the stage's registry are defaults."""
    own = {each.name: each for each in usual.variables}
    other = {each.name: each for each in special.variables}

    assert [each.name for each in usual.variables if "default" not in each.block()] == ["airflow_image", "task_images"]
    assert own["airflow_image"].conditions[-1].allowed == "an image in a private registry of ECR"
    assert re.fullmatch(rf"{IMAGE_REGISTRY}/airflow:[0-9a-f]+", other["airflow_image"].default)
    assert re.fullmatch(rf"{IMAGE_REGISTRY}/tasks/number-task:[0-9a-f]+", other["task_images"].default["number_task"])
    assert other["airflow_image"].conditions[-1].allowed == "an image in the registry registry.example.com"


@pytest.mark.parametrize("name", STAGES)
def test_nothing_is_moved_to_its_own_address(name: str) -> None:
    """Terraform refuses to plan such a move."""
    assert [each for each in module_of_stage(name).document["moved"] if each["from"] == each["to"]] == []


def test_mocks_have_what_the_module_checks() -> None:
    """Random texts of mocks are replaced where the provider or a condition would refuse them."""
    texts = {name: text_of(mocked_plan(module_of_stage(name), STAGES[name], {})) for name in STAGES}
    mocked = {name: set(re.findall(r'mock_(\w+) "(\w+)"', text)) for name, text in texts.items()}

    for name in STAGES:
        used = [each for each in references(module_of_stage(name).document) if each.attribute == "arn"]
        assert {(each.block or "resource", each.type) for each in used} <= mocked[name]
    assert ("data", "aws_secretsmanager_secret") in mocked["mixed"]
    zones = re.findall(r'availability_zone = "(\w)"', texts["mixed"].partition("override_data")[2])
    assert zones == [*"abc", *"abc"]
    assert texts["mixed"].count(f'= "{NETWORK.vpc_id}"') == 6
    assert 'name = "airflow.example.com"' in texts["mixed"]


def test_the_account_of_an_arn_is_a_part_of_its_variable() -> None:
    """Policies name the accounts that a stage reaches: an account has one probe, and accounts keep their order."""
    certificate = "arn:aws:acm:us-east-1:210987654321:certificate/a"
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    settings = Settings(
        stage="dev",
        listener_protocol="TLS",
        certificate_arn=certificate,
        permissions_boundary_arn=boundary,
        airflow_image=IMAGE,
    )
    probes = Probes(settings.model_dump_json())
    found = {each.value: each for one in inputs_of(with_sizes(settings), probes) for each in one.replacements()}
    of_boundary, of_certificate = found["123456789012"], found["210987654321"]

    assert of_certificate.expression == 'split(":", var.certificate_arn)[4]'
    assert str(of_boundary.probe) < str(of_certificate.probe)
    assert probes.account_of("123456789012") == of_boundary.probe
    assert [each.probe.partition(".")[0] for each in ModuleImages.of(settings, (), main.PROJECT, probes).images] == [
        of_boundary.probe
    ]
    assert probes.account_of("000000000001") not in (of_boundary.probe, of_certificate.probe)


def test_an_example_of_an_image_is_in_its_registry() -> None:
    """The tests of a module and its example give each image that is required a value that is accepted."""
    settings = VARIANTS["prebuilt"]
    folders = find_task_folders(main.PROJECT / "tasks", stage=settings.stage)
    images = ModuleImages.of(settings, folders, main.PROJECT, Probes(""))

    tasks = {each.name: each for each in variables_of(settings, inputs_of(settings, Probes("")), images, name_limit=9)}[
        "task_images"
    ]

    assert tasks.default is REQUIRED
    assert tasks.example["number_task"] == TASK_IMAGE
    assert re.match(ECR_IMAGE, tasks.example["multi_task"])


def test_an_image_for_two_processors_is_required() -> None:
    """A registry has an image of Airflow for each of them, and a module takes one."""
    settings = VARIANTS["worker_pools"].model_copy(update={"image_registry": IMAGE_REGISTRY})

    [airflow] = ModuleImages.of(settings, (), main.PROJECT, Probes("")).images

    assert airflow.value is None


def test_a_module_without_tasks_has_no_images_of_tasks() -> None:
    """There is nothing to require."""
    images = ModuleImages.of(VARIANTS["dev"], (), main.PROJECT, Probes(""))

    variables = variables_of(VARIANTS["dev"], inputs_of(VARIANTS["dev"], Probes("")), images, name_limit=13)

    assert [each.name for each in variables if each.name.endswith(("_image", "_images"))] == ["airflow_image"]


def test_a_long_name_of_a_pool_shortens_the_stage(special: Module) -> None:
    """IAM's limit is 64 characters for the name of a role, which contains both."""
    [stage, *_] = special.variables

    assert stage.conditions[-1] == Condition(
        "length(var.stage) <= 4", "4 characters or fewer, because the names of roles contain it"
    )


def test_a_region_without_another_in_its_partition_stays(special: Module) -> None:
    """A probe of another partition would change more than the region."""
    document = special.document

    assert SynthesizedStack(document).all("aws_region", block="data") == {}
    assert "--region eusc-de-east-1 " in document["output"]["admin_password_command"]["value"]


def test_a_text_of_a_user_is_no_template(special: Module) -> None:
    """It arrives as written, although it looks like a variable of the module."""
    [definition, *_] = SynthesizedStack(special.document).all("aws_ecs_task_definition").values()

    assert json_document({"name": "TEXT", "value": TEXT}) in definition["container_definitions"]
    assert '"AIRFLOW__SCHEDULER__MAX_TIS_PER_QUERY","value":"${tostring(min(' in definition["container_definitions"]


def test_a_setting_that_lands_otherwise_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module with it would be another stage than the settings say: here, an odd version is the role `worker-a`."""
    path = ("key_versions", "database_worker")
    monkeypatch.setattr(inputs_module, "SETTINGS", (*inputs_module.SETTINGS, path))

    with pytest.raises(
        BadInputError,
        match=r"^stage 'dev' cannot be a module, because"
        r" resource\.aws_secretsmanager_secret_version\.database_worker_password\.secret_string_wo depends on its"
        r" settings in a way that no variable can have; export it without --module$",
    ):
        module(VARIANTS["dev"])


def test_tags_in_an_unknown_place_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module would not have the tags of its variable there."""
    monkeypatch.setattr(module_file, "_with_tags", lambda value, _own, _mark: value)

    with pytest.raises(BadInputError, match=r"because a tag or a network of allowed_cidrs depends"):
        module(MIXED)


@pytest.mark.parametrize("model", [DagsInS3, Ec2Capacity, ProcessSettings, Settings, TaskSize, WorkerPool])
def test_the_meaning_of_a_variable_is_without_that_of_none(model: type[BaseModel]) -> None:
    """A variable is never null, so its description does not say what Python's None means."""
    assert [name for name in model.model_fields if "`None`" in meaning(model, name)] == []


def test_the_meaning_of_a_variable_has_all_else() -> None:
    """What stands before and after the meaning of None stays."""
    assert meaning(ProcessSettings, "max_count").endswith(" when their CPU is busy.")
    assert meaning(Settings, "max_task_memory_mib") == "Maximum memory of an on-demand task."
    assert meaning(DagsInS3, "bucket").startswith("An existing bucket in the stage's region. The policy of a bucket")


def test_a_setting_that_is_not_set_is_no_variable() -> None:
    """Its resources do not exist, or have AWS's own value."""
    names = {each.name for each in module_of_stage("mixed").variables}

    assert {"existing_network_vpc_id", "existing_database_secret_arn"} < names
    assert not {"vpc_cidr", "database_instance_class", "existing_database_secret_name", "certificate_arn"} & names
    assert value_at(MIXED, ("existing_database", "secret_name")) is None
