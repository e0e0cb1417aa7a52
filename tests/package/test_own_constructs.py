"""Promises of constructs of the user in main.py, as docs/package.md shows them."""

from pathlib import Path

import pytest

from constructs_lib.engine.synthesized_stack import FILE, SynthesizedStack
from tests.clone import PROJECT, Clone
from tests.test_docs import blocks
from tests.variants import variant

pytestmark = pytest.mark.programs


@pytest.fixture(name="clone", scope="module")
def _clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Compose the example of the page."""
    clone = Clone.make(tmp_path_factory.mktemp("own") / "clone")
    main, stacks = blocks(PROJECT / "docs/package.md", "python")
    clone.write_stages("stage='dev', execute_command=True")
    clone.write("main.py", main)
    clone.write("team_stacks.py", stacks)
    run = clone.run()
    assert run.returncode == 0, run.stderr
    assert [Path(each).parent.name for each in run.stdout.split()] == ["airflow-dev", "orders-dev"]
    return clone


def addresses(project: Path, name: str) -> set[str]:
    """Return the addresses of the resources in the stack *name* of a *project*."""
    read = SynthesizedStack.read(project / "cdktf.out/stacks" / name / FILE)
    return {each.address for each in read.all_resources()}


def test_a_subclass_adds_to_the_stack(clone: Clone) -> None:
    """A subclass of `AirflowStack` adds its resources and has all others."""
    own, before = addresses(clone.folder, "airflow-dev"), variant("dev").resources().keys()

    assert own - before == {
        f"{kind}.{name}"
        for kind in ("aws_sqs_queue", "aws_sqs_queue_policy")
        for name in ("orders", "orders_dead_letter")
    }
    assert before - own == set()


def test_both_stacks_ask_for_the_same_provider(clone: Clone) -> None:
    """Each engine would ask for another version of the AWS provider, that of its bindings."""
    own, airflow = (
        SynthesizedStack.read(clone.folder / "cdktf.out/stacks" / name / FILE).document["terraform"]
        for name in ("orders-dev", "airflow-dev")
    )

    assert own["required_providers"] == airflow["required_providers"]


def test_a_stack_of_our_constructs_stands_beside_it(clone: Clone) -> None:
    """Another stack has a network and a database, and nothing of Airflow."""
    kinds = {address.partition(".")[0] for address in addresses(clone.folder, "orders-dev")}

    assert {"aws_vpc", "aws_db_instance", "aws_vpc_security_group_ingress_rule"} <= kinds
    assert not {"aws_ecs_service", "aws_ecs_cluster"} & kinds
