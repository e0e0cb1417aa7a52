"""From `terraform init` to `terraform destroy`, on the stages and on others that combine what settings offer."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from constructs_lib.settings import Settings
from constructs_lib.settings_values import OLDEST_AWS_PROVIDER
from tests.terraform.deployment import Deploy
from tests.terraform.permissions import refused
from tests.terraform.variants import TASKS, VARIANTS

pytestmark = pytest.mark.terraform


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
    refused: list[str]


PROVIDERS = (str(Settings.model_fields["aws_provider_version"].default), ".".join(map(str, OLDEST_AWS_PROVIDER)))
"""The newest version of the AWS provider that is tested, and the oldest that a stage may ask for."""


@pytest.fixture(name="cycle", scope="module", params=list(product(VARIANTS, PROVIDERS)), ids="-".join)
def _cycle(request: pytest.FixtureRequest, deploy: Deploy) -> Cycle:
    """Create a variant with a version of the provider, look at it, and destroy it."""
    name, version = request.param
    settings = VARIANTS[name].model_copy(update={"aws_provider_version": version})
    deployment = deploy(settings, tasks=TASKS.get(name))
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
        refused=refused(deployment),
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
    assert [(name, each) for name, value in cycle.secrets.items() for each in written if value in written[each]] == []


def test_the_documented_policies_are_enough(cycle: Cycle) -> None:
    """The plan role reads all that Terraform reads, and the deploy role makes and removes all that the stage has."""
    assert cycle.refused == []


def test_destroy_leaves_nothing(cycle: Cycle) -> None:
    """Neither in the state nor in AWS."""
    assert cycle.addresses_left == []
    assert cycle.left == []
