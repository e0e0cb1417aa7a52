"""Promises of the reader of the Terraform JSON; the tests of each program have the rest."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.engine.synthesized_stack import SynthesizedStack, capacity, stages
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import PROJECT
from tests.programs import code
from tests.template import Template
from tests.variants import variant


def write(folder: Path, stage: str, document: object = None) -> None:
    """Write the JSON of a stage where `make synth` does."""
    file = folder / f"airflow-{stage}" / "cdk.tf.json"
    file.parent.mkdir()
    file.write_text(json.dumps(document))


def test_a_stage_is_read(tmp_path: Path) -> None:
    """A stage is read by its name from the folder of `make synth`."""
    write(tmp_path, "dev", {"provider": {"aws": [{"region": "eu-west-1"}]}})

    assert SynthesizedStack.of_stage("dev", tmp_path).region == "eu-west-1"
    assert stages(tmp_path) == ["dev"]


@pytest.mark.parametrize("stage", ["prd", "../airflow-prod", "prod/", "*", ""])
def test_a_stage_that_is_not_there_is_refused(stage: str, tmp_path: Path) -> None:
    """A stage without JSON is refused with its file and the existing stages, and no name leads out of the folder."""
    write(tmp_path, "prod")

    with pytest.raises(BadInputError) as error:
        SynthesizedStack.of_stage(stage, tmp_path)

    file = tmp_path / f"airflow-{stage}" / "cdk.tf.json"
    assert str(error.value).startswith(f"stage {stage!r} has no {file}; airflow-fargate synth writes it; ")
    assert "prod" in str(error.value).partition("; ")[2]


def test_without_any_stage_none_is_named(tmp_path: Path) -> None:
    """Before the first `make synth` the sentence names no other stage."""
    with pytest.raises(BadInputError, match=r"cdk\.tf\.json; airflow-fargate synth writes it$"):
        SynthesizedStack.of_stage("dev", tmp_path / "stacks")


def test_one_is_exactly_one(split: Template) -> None:
    """Asking for the only resource of a type fails if there is none or more than one."""
    assert split.one("aws_lb")["name"]
    with pytest.raises(LookupError, match=r"^expected one aws_subnet, got \['network_private_a', "):
        split.one("aws_subnet")
    with pytest.raises(LookupError, match=r"^expected one aws_none, got \[\]$"):
        split.one("aws_none")


def test_a_service_has_what_belongs_to_it() -> None:
    """A service has its task definition, and its scalable target with the bounds while it is not paused."""
    services = {service.name: service for service in variant("nights").services()}

    worker, scheduler = services["worker-heavy"], services["scheduler"]
    assert (worker.label, worker.task_definition, worker.target) == (
        "worker_heavy",
        "worker_heavy",
        "worker_heavy_scaling",
    )
    assert (worker.count, worker.minimum, worker.maximum) == (0, 0, 2)
    assert (scheduler.target, scheduler.count, scheduler.minimum, scheduler.maximum) == (None, 2, 2, 2)


def test_services_and_tasks_on_demand_are_all_task_definitions(template: Template) -> None:
    """Each task definition belongs to a service or is started by DAGs."""
    running = [service.task_definition for service in template.services()]

    assert sorted(running + template.on_demand()) == sorted(template.all("aws_ecs_task_definition"))
    assert all(label.startswith("dag_tasks_") for label in template.on_demand())


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (2, 2),
        (0, 0),
        ('${aws_ssm_parameter.cluster_running.insecure_value != "nothing" ? 12 : 0}', 12),
        ('${aws_ssm_parameter.cluster_running.insecure_value == "all" ? 1 : 0}', 1),
    ],
)
def test_a_count_is_that_of_the_stage_awake(value: int | str, count: int) -> None:
    """A count is the number, or the expression's value while the stage is not paused."""
    assert capacity(value) == count


def test_a_reference_leads_to_its_resource(compact: Template) -> None:
    """A reference leads to its resource, and a literal to none."""
    assert compact.referred("${aws_vpc.network.id}", "aws_vpc") == compact.one("aws_vpc")
    assert compact.referred("vpc-0a1b2c3d", "aws_vpc") is None


def test_variables_are_those_of_all_containers(compact: Template) -> None:
    """The variables of a task definition are those of all its containers."""
    variables = compact.variables("airflow")

    assert {"AIRFLOW_FARGATE_POOL_SLOTS", "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT"} <= variables.keys()


@pytest.mark.programs
def test_reading_needs_no_engine() -> None:
    """Reading the JSON starts no engine."""
    program = [sys.executable, "-c", code("reads_without_engine")]
    ran = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True, check=True)

    assert ran.stdout == "False\n"
