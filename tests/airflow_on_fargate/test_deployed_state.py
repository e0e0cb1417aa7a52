"""What the state of a stage does not allow."""

import json

import pytest

from airflow_on_fargate import deployed_state
from airflow_on_fargate.deployed_state import DeployedState
from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.version import OUTPUT


def _state(**attributes: object) -> str:
    resource = {"type": "aws_db_instance", "name": "database", "instances": [{"attributes": attributes}]}
    return json.dumps({"version": 4, "resources": [resource]})


@pytest.mark.parametrize("attribute", ["deletion_protection", "enable_deletion_protection"])
def test_what_aws_protects_is_named(attribute: str) -> None:
    """A state with protected resources is refused in a sentence that names them and what to do."""
    with pytest.raises(BadInputError, match=r"^AWS still protects aws_db_instance.database, .* deploy .*dev first"):
        DeployedState(_state(**{attribute: True})).refuse_protected(stage="dev")


@pytest.mark.parametrize("state", [_state(deletion_protection=False), _state(), '{"version": 4, "resources": []}', ""])
def test_what_is_not_protected_may_go(state: str) -> None:
    """A state without protected resources, or without any, is accepted."""
    DeployedState(state).refuse_protected(stage="dev")


def _content(name: str, **parts: str) -> dict[str, object]:
    """Return a resource with the parts of an image, as the state has it."""
    return {
        "type": "terraform_data",
        "name": name,
        "instances": [{"attributes": {"triggers_replace": {"value": parts}}}],
    }


@pytest.mark.parametrize(
    ("resources", "changed"),
    [
        ([_content("image_content", dags="1", plugins="2")], []),
        ([_content("image_content", dags="1", plugins="3")], ["plugins"]),
        ([_content("image_content", dags="1", plugins="2", wheels="3")], ["wheels"]),
        ([_content("image_content", dags="2")], ["dags", "plugins"]),
        ([_content("image_arm64_content", dags="2")], []),
        ([_content("created_with", dags="2")], []),
        ([], []),
    ],
)
def test_a_changed_image_has_its_changed_parts(resources: list[object], changed: list[str]) -> None:
    """The parts are compared of images that are deployed and stay."""
    stack = SynthesizedStack(
        {
            "resource": {
                "terraform_data": {
                    "image_content": {"triggers_replace": {"dags": "1", "plugins": "2"}},
                    "created_with": {},
                }
            }
        }
    )

    assert DeployedState(json.dumps({"resources": resources})).changed_parts(stack) == changed


def _refuse(deployed: object, own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the package have the version *own*, and plan a stage that has *deployed* in its state."""
    monkeypatch.setattr(deployed_state, "package_version", lambda: own)
    state = DeployedState(json.dumps({"outputs": {OUTPUT: {"value": deployed}}}))
    state.refuse_older_package("plan", stack="airflow-dev", option="--allow-older-package")


@pytest.mark.parametrize(
    ("deployed", "own"),
    [("0.10.0", "0.9.0"), ("1.0.0", "1.0.0rc1"), ("1.0.0", "1.0.0.dev3"), ("1.0.0+team.2", "1.0.0+team.1")],
)
def test_an_older_package_is_refused(deployed: str, own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is older than the one that has deployed the stage is one sentence with both versions."""
    with pytest.raises(BadInputError) as refused:
        _refuse(deployed, own, monkeypatch)

    assert str(refused.value) == (
        f"cannot plan airflow-dev: version {deployed} of airflow-on-fargate has deployed it, and this is {own}; install"
        f" {deployed} or newer, or go back on purpose with --allow-older-package"
    )


@pytest.mark.parametrize(
    ("deployed", "own"),
    [
        ("0.9.0", "0.10.0"),
        ("1.0.0rc1", "1.0.0"),
        ("1.0.0", "1.0.0"),
        ("1.0.0", "1.0.0+team.1"),
        ("mine", "1"),
        (2, "1"),
    ],
)
def test_the_same_or_a_newer_package_is_accepted(deployed: object, own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same version and a newer one are accepted, and an output of the user's own that is no version."""
    _refuse(deployed, own, monkeypatch)


@pytest.mark.parametrize(
    "state", ["", '{"version": 4, "resources": []}', '{"outputs": {"airflow_url": {"value": ""}}}']
)
def test_a_stage_without_a_version_is_accepted(state: str) -> None:
    """A new stage, and one that a package without the output has deployed, are accepted."""
    DeployedState(state).refuse_older_package("deploy", stack="airflow-dev", option="")
