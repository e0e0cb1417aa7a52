"""Promises of what is read from the Terraform JSON of a stage."""

import json
from pathlib import Path

import pytest

from airflow_on_fargate.operations.composed_stage import ComposedService, ComposedStage
from constructs_lib.shared.bad_input import BadInputError
from tests.variants import ROLE, variant, with_other_values


def read(document: object, folder: Path, stage: str = "x") -> ComposedStage:
    """Write a document where `make synth` does, and read it."""
    file = folder / f"airflow-{stage}" / "cdk.tf.json"
    file.parent.mkdir()
    file.write_text(json.dumps(document))
    return ComposedStage.read(stage, folder)


def test_names_are_those_of_the_composed_stack(tmp_path: Path) -> None:
    """Region, cluster and services are those of the composed stack, without a role by default."""
    template = variant("split")
    stage = read(template.document, tmp_path, "prod")

    assert (stage.stage, stage.region, stage.assume_role_arn) == ("prod", "us-east-1", None)
    assert stage.cluster == template.one("aws_ecs_cluster")["name"]
    assert stage.running == template.one("aws_ssm_parameter")["name"]
    assert ComposedService("scheduler", "airflow-prod-scheduler") in stage.services
    assert stage.database == "airflow-prod"
    assert stage.keep_stopped == "airflow-prod-keep-database-stopped"
    assert {service.name for service in stage.services} == {
        each["name"] for each in template.all("aws_ecs_service").values()
    }


def test_counts_are_those_of_the_stage_awake(tmp_path: Path) -> None:
    """The counts are those of a stage that is not paused."""
    stage = read(variant("nights").document, tmp_path)

    counts = {service.name: service.min_count for service in stage.services}

    assert (counts["scheduler"], counts["api-server"]) == (2, 1)


def test_a_database_of_somebody_else_is_none(tmp_path: Path) -> None:
    """An existing database is neither stopped nor kept stopped."""
    stage = read(variant("existing").document, tmp_path)

    assert (stage.database, stage.keep_stopped) == (None, None)


def test_aws_is_asked_in_terraforms_role(tmp_path: Path) -> None:
    """AWS is called in the role that Terraform assumes."""
    assert read(with_other_values("compact").document, tmp_path).assume_role_arn == ROLE


@pytest.mark.parametrize(
    ("name", "is_worker"), [("worker", True), ("worker-spot", True), ("airflow", False), ("scheduler", False)]
)
def test_workers_are_known_by_their_name(name: str, is_worker: bool) -> None:
    """A service of workers is recognized by its name."""
    assert ComposedService(name, "family").is_worker is is_worker


def test_a_stage_that_is_not_composed_is_refused(tmp_path: Path) -> None:
    """A stage that is not composed is refused with its file and the most similar stage."""
    (tmp_path / "airflow-prod").mkdir()
    (tmp_path / "airflow-prod" / "cdk.tf.json").touch()

    with pytest.raises(BadInputError, match=r"^stage 'prd' has no .*airflow-prd/cdk\.tf\.json.*did you mean 'prod'\?"):
        ComposedStage.read("prd", tmp_path)


@pytest.mark.parametrize("stage", ["../airflow-x", "x/../airflow-x", "x/", "*", ""])
def test_a_stage_is_no_path(stage: str, tmp_path: Path) -> None:
    """A name that is a path is refused as a stage."""
    read(variant("compact").document, tmp_path)

    with pytest.raises(BadInputError, match=r"^stage .* has no .*; (allowed are|did you mean) "):
        ComposedStage.read(stage, tmp_path)
