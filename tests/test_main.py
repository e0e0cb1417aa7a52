"""`python main.py`, as people run it: what it writes."""

import json
from pathlib import Path

from tests.clone import Clone
from tests.variants import STAGE_NAMES


def test_bootstrap_writes_one_stack(tmp_path: Path) -> None:
    """The bucket for the state is a stack of its own, without the stages'."""
    clone = Clone.make(tmp_path / "clone")

    done = clone.run("bootstrap", STAGE_NAMES[0], TF_STATE_BUCKET="states")

    assert (done.returncode, done.stderr) == (0, "")
    [name] = [each for each in clone.output() if each.endswith("cdk.tf.json")]
    assert name == f"stacks/airflow-{STAGE_NAMES[0]}-state/cdk.tf.json"
    assert json.loads(clone.output()[name])["resource"]["aws_s3_bucket"]["state"]["bucket"] == "states"


def test_a_folder_in_tasks_is_all_a_task_takes(tmp_path: Path) -> None:
    """Adding a folder needs no change of Python: its image and its task definition are in every stage."""
    clone = Clone.make(tmp_path / "clone")
    clone.write("tasks/letters/Dockerfile", "FROM scratch\n")

    done = clone.run(TF_STATE_BUCKET="states")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"cdktf.out/stacks/airflow-{stage}/cdk.tf.json" for stage in STAGE_NAMES]
    for stage in STAGE_NAMES:
        document = json.loads(clone.output()[f"stacks/airflow-{stage}/cdk.tf.json"])
        family = document["resource"]["aws_ecs_task_definition"]["dag_tasks_letters"]["family"]
        assert family == document["output"]["task_definitions"]["value"]["letters"] == f"airflow-{stage}-letters"
        assert document["resource"]["aws_ecr_repository"]["dag_tasks_letters_image"]["name"] == family
        assert document["terraform"]["backend"]["s3"]["bucket"] == "states"
