"""From `terraform init` to `terraform destroy`, on the stages and on others that combine what settings offer."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from constructs_lib.permission import Permission
from constructs_lib.process_settings import ProcessSettings, TaskSize
from constructs_lib.settings import Settings
from constructs_lib.stages import STAGES
from tests.terraform.deployment import Deploy
from tests.variants import DATABASE, IMAGE, NETWORK, TASK_IMAGE

pytestmark = pytest.mark.terraform

HUNDRED = [f"job_{number:02}" for number in range(98)]
ALL_OF_TASK_TOML = """
cpu = 1024
memory_mib = 3072
ephemeral_storage_gib = 50
architecture = "X86_64"
capacity = "FARGATE_SPOT"
shared_volume = false
command = ["python", "report.py"]
stop_timeout_sec = 120

[environment]
LOG_LEVEL = "info"

[secrets]
API_TOKEN = "prod/vendor/token"
LICENCE = "/prod/vendor/licence"
KEY = "arn:aws:secretsmanager:us-east-1:123456789012:secret:vendor-a1B2c3:key::"

[[permissions]]
actions = ["s3:GetObject"]
resources = ["arn:aws:s3:::my-bucket/*"]
"""
TASKS: dict[str, dict[str, str]] = {"closed": {"vendor_report": ALL_OF_TASK_TOML}, "hundred": dict.fromkeys(HUNDRED, "")}
VARIANTS: dict[str, Settings] = {
    # What holds data in a protected stage cannot be destroyed.
    **{settings.stage: settings.model_copy(update={"protected": False}) for settings in STAGES},
    "closed": Settings(
        stage="closed",
        nat="none",
        additional_endpoints=("kms",),
        availability_zones=3,
        architecture="ARM64",
        worker_pool=True,
        processes={"worker": ProcessSettings(count=3, capacity="FARGATE_SPOT")},
        internal=True,
        allowed_cidrs=("10.0.0.0/8",),
        container_insights="enhanced",
        execute_command=True,
    ),
    "existing": Settings(
        stage="existing",
        region="eu-central-1",
        topology="split",
        existing_network=NETWORK,
        existing_database=DATABASE,
        airflow_image=IMAGE,
        task_images={"number_task": TASK_IMAGE},
        listener_protocol="TLS",
        certificate_arn="arn:aws:acm:eu-central-1:123456789012:certificate/0a1b",
        allowed_cidrs=("0.0.0.0/0",),
        allowed_account_ids=("123456789012",),
        assume_role_arn="arn:aws:iam::123456789012:role/deploy",
        permissions_boundary_arn="arn:aws:iam::123456789012:policy/boundary",
        role_path="/teams/data/",
        tags={"Team": "data"},
    ),
    "longest": Settings(
        stage="a" * 13,
        topology="split",
        nat="per_az",
        availability_zones=3,
        listener_protocol="TLS",
        domain_name="airflow.example.com",
        hosted_zone_id="Z0123456789",
        allowed_cidrs=("203.0.113.0/24", "198.51.100.0/24"),
        database_version="16",
        worker_slots=8,
        processes={
            "worker": ProcessSettings(
                size=TaskSize(cpu=2048, memory_mib=4096),
                permissions=(Permission(actions=("s3:GetObject",), resources=("arn:aws:s3:::my-bucket/*",)),),
            ),
            "scheduler": ProcessSettings(count=2),
        },
        airflow_config={"core": {"max_active_runs_per_dag": 4}},
    ),
    "hundred": Settings(stage="hundred", task_images=dict.fromkeys(HUNDRED, TASK_IMAGE)),
}


@dataclass(frozen=True)
class Cycle:
    """What Terraform said on its way."""

    document: dict[str, Any]
    warnings: list[str]
    plan: dict[str, Any]
    said: str
    second_plan: tuple[int, str]
    addresses: list[str]
    state: str
    outputs: dict[str, dict[str, Any]]
    secrets: Mapping[str, str]
    addresses_left: list[str]
    left: list[str]


@pytest.fixture(name="cycle", scope="module", params=VARIANTS)
def _cycle(request: pytest.FixtureRequest, deploy: Deploy) -> Cycle:
    """A variant that was made, looked at and removed."""
    deployment = deploy(VARIANTS[request.param], tasks=TASKS.get(request.param))
    validated = json.loads(deployment.terraform("validate", "-json"))
    plan = deployment.plan()
    said = deployment.terraform("apply", "plan")
    second = deployment.try_terraform("plan", "-detailed-exitcode")
    addresses = deployment.addresses()
    state = deployment.state()
    outputs = json.loads(deployment.terraform("output", "-json"))
    secrets = deployment.cloud.secrets()
    deployment.destroy()
    return Cycle(
        document=deployment.document,
        warnings=[each["summary"] for each in validated["diagnostics"]],
        plan=plan,
        said=said,
        second_plan=(second.returncode, second.stdout),
        addresses=addresses,
        state=state,
        outputs=outputs,
        secrets=secrets,
        addresses_left=deployment.addresses(),
        left=sorted(deployment.cloud.files()),
    )


def test_the_configuration_is_valid_without_a_warning(cycle: Cycle) -> None:
    """Nothing in it is wrong by the provider's schema, and nothing is deprecated."""
    assert cycle.warnings == []


def test_the_second_plan_is_empty(cycle: Cycle) -> None:
    """What was applied is what was asked for: exit code 2 would tell that something is to be changed."""
    code, text = cycle.second_plan

    assert code == 0, text


def test_the_state_reads_like_words(cycle: Cycle) -> None:
    """The state holds what the JSON defines, at addresses of words."""
    defined = [
        f"{prefix}{kind}.{name}"
        for prefix, block in (("", "resource"), ("data.", "data"))
        for kind, named in cycle.document[block].items()
        for name in named
    ]

    assert sorted(cycle.addresses) == sorted(defined)
    assert [each for each in defined if not re.fullmatch(r"(data\.)?[a-z0-9_]+\.[a-z_][a-z0-9_]*", each)] == []


def test_outputs_tell_what_was_made(cycle: Cycle) -> None:
    """Every output has a value and none is hidden."""
    assert cycle.outputs.keys() == cycle.document["output"].keys()
    assert [name for name, output in cycle.outputs.items() if output["sensitive"] or not output["value"]] == []


def test_no_secret_value_is_written_down(cycle: Cycle) -> None:
    """Neither the JSON nor the plan, the state, an output or what Terraform prints has a value that is in a secret."""
    written = {
        "JSON": json.dumps(cycle.document),
        "plan": json.dumps(cycle.plan),
        "state": cycle.state,
        "outputs": json.dumps(cycle.outputs),
        "what Terraform prints": cycle.said + cycle.second_plan[1],
    }

    assert cycle.secrets
    assert [(name, where) for name, value in cycle.secrets.items() for where in written if value in written[where]] == []


def test_destroy_leaves_nothing(cycle: Cycle) -> None:
    """Neither in the state nor in AWS."""
    assert cycle.addresses_left == []
    assert cycle.left == []
