"""From `terraform init` to `terraform destroy`, on the stages and on others that combine what settings offer."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from airflow_on_fargate.pipeline_roles.policies import policies
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.values import OLDEST_AWS_PROVIDER
from tests.terraform.deployment import Deploy, output
from tests.terraform.permissions import BESIDES, FrozenRequest, needs, refused, requests
from tests.terraform.variants import ALL_FEATURES, TASKS, VARIANTS

pytestmark = pytest.mark.terraform


@dataclass(frozen=True)
class Cycle:
    """Terraform's output."""

    document: dict[str, Any]
    warnings: list[str]
    plan: dict[str, Any]
    printed: str
    second_plan: tuple[int, str]
    exported: list[tuple[int, str]]
    addresses: list[str]
    state: str
    outputs: dict[str, dict[str, Any]]
    secrets: Mapping[str, str]
    addresses_left: list[str]
    left: list[str]
    refused: list[str]
    policies: dict[str, dict[str, Any]]
    requests: frozenset[FrozenRequest]


NEWEST = str(Settings.model_fields["aws_provider_version"].default)
"""The newest version of the AWS provider that is tested."""
OLDEST = ".".join(map(str, OLDEST_AWS_PROVIDER))
"""The oldest version that a stage may ask for."""


LARGE = "hundred"
"""The variant that has no kind of resource that the others lack: neither exported nor run with the oldest version."""
CYCLES = [
    (name, version) for name, version in product(VARIANTS, (NEWEST, OLDEST)) if (name, version) != (LARGE, OLDEST)
]


class Cycles:
    """The cycles that have run, by variant and version: each runs once."""

    def __init__(self, deploy: Deploy) -> None:
        self._deploy = deploy
        self._done: dict[tuple[str, str], Cycle] = {}

    def get(self, name: str, version: str) -> Cycle:
        """Return the cycle of a variant with a version of the provider."""
        if (name, version) not in self._done:
            self._done[name, version] = _run(self._deploy, name, version)
        return self._done[name, version]


@pytest.fixture(name="cycles", scope="module")
def _cycles(deploy: Deploy) -> Cycles:
    """Return the cycles of this module."""
    return Cycles(deploy)


@pytest.fixture(name="cycle", scope="module", params=CYCLES, ids="-".join)
def _cycle(request: pytest.FixtureRequest, cycles: Cycles) -> Cycle:
    """Return the cycle of a variant."""
    return cycles.get(*request.param)


def _run(deploy: Deploy, name: str, version: str) -> Cycle:
    """Create a variant with a version of the provider, look at it, and destroy it; some get another tag before."""
    settings = VARIANTS[name].model_copy(update={"aws_provider_version": version})
    deployment = deploy(settings, tasks=TASKS.get(name))
    document = deployment.document
    planned = deployment.terraform("plan", "-json", "-out=plan")
    plan = json.loads(deployment.terraform("show", "-json", "plan"))
    exported = []
    # The newest version goes from JSON to HCL, the oldest one from HCL to JSON.
    if version == NEWEST:
        printed = deployment.terraform("apply", "plan")
    else:
        deployment.export()
        printed = output(deployment.try_exported("apply", "-auto-approve"))
    if name != LARGE and version == NEWEST:
        deployment.export()
        exported = [
            deployment.try_exported(*each) for each in (("plan", "-detailed-exitcode"), ("fmt", "-check", "-diff"))
        ]
    second = deployment.try_terraform("plan", "-detailed-exitcode")
    addresses = deployment.addresses()
    state = deployment.state()
    outputs = json.loads(deployment.terraform("output", "-json"))
    secrets = deployment.cloud.secrets()
    if name in ALL_FEATURES and version == NEWEST:
        tags = {**settings.tags, "Changed": "yes"}
        deployment.compose(deployment.settings.model_copy(update={"tags": tags}))
        deployment.apply()
    deployment.destroy()
    return Cycle(
        document=document,
        warnings=[
            line["diagnostic"]["summary"] for line in map(json.loads, planned.splitlines()) if "diagnostic" in line
        ],
        plan=plan,
        printed=planned + printed,
        second_plan=(second.returncode, second.stdout),
        exported=[(each.returncode, each.stdout) for each in exported],
        addresses=addresses,
        state=state,
        outputs=outputs,
        secrets=secrets,
        addresses_left=deployment.addresses(),
        left=sorted(deployment.cloud.files()),
        refused=refused(deployment),
        policies=policies(deployment.settings, deployment.folders()),
        requests=requests(deployment),
    )


def test_the_configuration_is_valid_without_a_warning(cycle: Cycle) -> None:
    """The configuration is valid without a warning."""
    assert cycle.warnings == []


def test_the_second_plan_is_empty(cycle: Cycle) -> None:
    """The plan after an apply is empty."""
    code, text = cycle.second_plan

    assert code == 0, text


def test_the_exported_hcl_means_the_same(cycle: Cycle) -> None:
    """After an apply of the JSON the formatted HCL has an empty plan, and after one of the HCL the JSON has."""
    for code, text in (*cycle.exported, cycle.second_plan):
        assert code == 0, text


def test_the_state_reads_like_words(cycle: Cycle) -> None:
    """The state has the resources of the JSON at the same addresses."""
    defined = [
        f"{prefix}{kind}.{name}"
        for prefix, block in (("", "resource"), ("data.", "data"))
        for kind, named in cycle.document[block].items()
        for name in named
    ]

    assert sorted(cycle.addresses) == sorted(defined)
    assert [each for each in defined if not re.fullmatch(r"(data\.)?[a-z0-9_]+\.[a-z_][a-z0-9_]*", each)] == []


def test_outputs_name_what_was_created(cycle: Cycle) -> None:
    """Every output has a value, and none is sensitive."""
    assert cycle.outputs.keys() == cycle.document["output"].keys()
    assert [name for name, output in cycle.outputs.items() if output["sensitive"] or not output["value"]] == []


def test_no_secret_value_is_written_down(cycle: Cycle) -> None:
    """No secret value is in the JSON, the plan, the state, an output or Terraform's messages."""
    written = {
        "JSON": json.dumps(cycle.document),
        "plan": json.dumps(cycle.plan),
        "state": cycle.state,
        "outputs": json.dumps(cycle.outputs),
        "what Terraform prints": cycle.printed + cycle.second_plan[1],
    }

    assert cycle.secrets
    assert [(name, each) for name, value in cycle.secrets.items() for each in written if value in written[each]] == []


def test_the_documented_policies_are_enough(cycle: Cycle) -> None:
    """The documented policies allow all calls of plan, apply and destroy."""
    assert cycle.refused == []


def test_the_documented_policies_allow_nothing_that_nobody_needs(cycles: Cycles) -> None:
    """Each action of the documented policies is used by the provider, or listed with the reason."""
    allowed, needed = set(), {each for some in BESIDES.values() for each in some}
    for cycle in (cycles.get(name, NEWEST) for name in ALL_FEATURES):
        for name, document in cycle.policies.items():
            for statement in document["Statement"] if name != "operate" else ():
                allowed |= {f"{statement['Sid']} {action}" for action in statement["Action"]}
                needed |= {f"{statement['Sid']} {each.action}" for each in needs(statement, cycle.requests)}

    assert sorted(allowed - needed) == []


def test_destroy_leaves_nothing(cycle: Cycle) -> None:
    """A destroy leaves nothing in the state or in AWS."""
    assert cycle.addresses_left == []
    assert cycle.left == []
