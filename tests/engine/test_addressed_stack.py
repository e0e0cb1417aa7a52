"""The names of resources in the Terraform state."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cdktf import App, TerraformAsset, TerraformLocal, TerraformOutput, TerraformVariable, Testing
from cdktf_cdktf_provider_aws.data_aws_iam_role import DataAwsIamRole
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_policy import SqsQueuePolicy
from constructs import Construct

from constructs_lib.engine.addressed_stack import AddressedStack
from tests.template import Template


def test_names_are_words_everywhere(stack: AddressedStack) -> None:
    """Resources, references, data sources and outputs have words as names."""
    scope = Construct(stack, "Jobs")
    queue = SqsQueue(scope, "Resource")
    SqsQueuePolicy(scope, "Policy", queue_url=queue.url, policy="{}")
    DataAwsIamRole(Construct(stack, "Airflow"), "ReaderRole", name="reader")
    TerraformOutput(scope, "QueueUrl", value=queue.url)

    template = Template.of(stack)

    assert template.all("aws_sqs_queue").keys() == {"jobs"}
    assert template.one("aws_sqs_queue_policy")["queue_url"] == "${aws_sqs_queue.jobs.url}"
    assert template.all("aws_iam_role", block="data").keys() == {"reader"}
    assert template.document["output"].keys() == {"queue_url"}


def test_a_variable_and_a_local_value_have_names_of_their_kind(stack: AddressedStack) -> None:
    """A variable and a local value have names that clash with nothing."""
    scope = Construct(stack, "Jobs")
    variable = TerraformVariable(scope, "Size", type="number")
    TerraformLocal(Construct(stack, "Jobs-"), "Size", variable.number_value)

    document = Template.of(stack).document

    assert document["variable"].keys() == {"jobs_size"}
    assert document["locals"] == {"jobs_size": "${var.jobs_size}"}


def test_an_asset_is_stored_under_words(stack: AddressedStack) -> None:
    """An asset's folder has no hash in its name."""
    asset = TerraformAsset(Construct(stack, "Jobs"), "FirstJob", path=__file__, asset_hash="1")

    assert Path(asset.path).parts[:-2] == ("assets", "jobs_first_job")


def _two_resources(stack: AddressedStack) -> None:
    SqsQueue(stack, "Jobs")
    SqsQueue(Construct(stack, "Jobs-"), "Resource")


def _referenced(stack: AddressedStack) -> None:
    _two_resources(stack)
    for child in stack.node.find_all():
        if isinstance(child, SqsQueue):
            assert child.arn


@pytest.mark.parametrize("define", [_two_resources, _referenced])
def test_a_clash_names_both_paths(define: Callable[[AddressedStack], None], stack: AddressedStack) -> None:
    """Two constructs with the same address are refused with both paths."""
    with pytest.raises(
        RuntimeError,
        match=r"^airflow-dev/Jobs and airflow-dev/Jobs-(/Resource)? have the same state address aws_sqs_queue\.jobs;",
    ):
        _synthesize(define, stack)


def _synthesize(define: Callable[[AddressedStack], None], stack: AddressedStack) -> None:
    define(stack)
    Testing.synth(stack)


def test_kinds_have_names_of_their_own(stack: AddressedStack) -> None:
    """A resource, a data source and an output can have the same name."""
    IamRole(stack, "Reader", assume_role_policy="{}")
    DataAwsIamRole(stack, "ReaderRole", name="reader")
    TerraformOutput(Construct(stack, "Outputs"), "Reader", value="")

    template = Template.of(stack)

    assert template.all("aws_iam_role").keys() == template.all("aws_iam_role", block="data").keys() == {"reader"}
    assert template.document["output"].keys() == {"reader"}


def test_a_clash_writes_nothing(tmp_path: Path) -> None:
    """After a clash the files of an earlier synth are unchanged."""
    written = tmp_path / "stacks" / "airflow-dev" / "cdk.tf.json"
    written.parent.mkdir(parents=True)
    written.write_text("earlier")
    app = App(outdir=str(tmp_path), skip_validation=True)
    AddressedStack(app, "airflow-dev")
    _two_resources(AddressedStack(app, "airflow-prod"))

    with pytest.raises(RuntimeError, match="have the same state address"):
        app.synth()

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [written]
    assert written.read_text() == "earlier"
