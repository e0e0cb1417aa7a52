"""`python main.py` and the commands beside it, as people run them: what they write."""

import json
from pathlib import Path

import pytest

from constructs_lib.engine.synthesized_stack import SynthesizedStack
from tests.clone import Clone
from tests.command import refused
from tests.variants import STAGE_NAMES

pytestmark = pytest.mark.programs


def test_bootstrap_writes_one_stack(tmp_path: Path) -> None:
    """What the engine's command runs for `bootstrap` writes only the stack with the bucket."""
    clone = Clone.make(tmp_path / "clone")

    done = clone.command("synth-bootstrap", "--stage", STAGE_NAMES[0], TF_STATE_BUCKET="states")

    assert (done.returncode, done.stderr) == (0, "")
    [name] = [each for each in clone.output() if each.endswith("cdk.tf.json")]
    assert name == f"stacks/airflow-{STAGE_NAMES[0]}-state/cdk.tf.json"
    assert SynthesizedStack(json.loads(clone.output()[name])).one("aws_s3_bucket")["bucket"] == "states"


def test_a_folder_in_tasks_is_all_a_task_takes(tmp_path: Path) -> None:
    """A new folder in `tasks/` needs no change of Python."""
    clone = Clone.make(tmp_path / "clone")
    clone.write("tasks/letters/Dockerfile", "FROM scratch\n")

    done = clone.run(TF_STATE_BUCKET="states")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"cdktf.out/stacks/airflow-{stage}/cdk.tf.json" for stage in STAGE_NAMES]
    for stage in STAGE_NAMES:
        document = json.loads(clone.output()[f"stacks/airflow-{stage}/cdk.tf.json"])
        stack = SynthesizedStack(document)
        family = stack.all("aws_ecs_task_definition")["dag_tasks_letters"]["family"]
        assert family == document["output"]["task_definitions"]["value"]["letters"] == f"airflow-{stage}-letters"
        assert stack.all("aws_ecr_repository")["dag_tasks_letters_image"]["name"] == family
        assert document["terraform"]["backend"]["s3"]["bucket"] == "states"


def test_a_policy_is_printed(tmp_path: Path) -> None:
    """`policy` prints only JSON that `aws iam create-policy` accepts."""
    clone = Clone.make(tmp_path / "clone")
    clone.write("tasks/letters/Dockerfile", "FROM scratch\n")
    clone.write("tasks/letters/task.toml", '[secrets]\nTOKEN = "vendor/token"\n')

    done = clone.command("policy", "plan-secrets", "--stage", STAGE_NAMES[0])

    assert (done.returncode, done.stderr) == (0, "")
    [*_, statement] = json.loads(done.stdout)["Statement"]
    assert statement["Resource"] == ["arn:aws:secretsmanager:us-east-1:*:secret:vendor/token-??????"]
    assert clone.output() == {}


def test_a_policy_that_a_stage_does_not_have_is_refused() -> None:
    """A policy that a stage does not have is refused with the most similar one."""
    sentence = refused("policy", "deploy-doman", "--stage", STAGE_NAMES[0])

    assert sentence.startswith(f"error: airflow-{STAGE_NAMES[0]} has no policy 'deploy-doman'; ")
