"""Promises of what DAG bundles in Git get of the stage."""

import json

import pytest

from constructs_lib.settings.dag_bundles import DagsInGit, git_bundles
from constructs_lib.settings.settings import Settings
from tests.template import Template, environment
from tests.variants import BUNDLES, changed, variant

LISTED = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
LOOKED_UP = "${data.aws_secretsmanager_secret.git_secrets_web.arn}"
PUBLIC = DagsInGit(url="https://git.example.com/team/dags.git")
GITHUB = DagsInGit(url="https://GitHub.com/team/dags.git")


def bundles(template: Template) -> dict[str, dict[str, object]]:
    """Return the list of bundles in the worker's variables: the arguments, by class and name."""
    [worker] = [each for name, each in template.containers("worker_default").items() if name == "worker"]
    listed = json.loads(environment(worker)[LISTED])
    return {f"{each['classpath']} {each['name']}": each["kwargs"] for each in listed}


def readers(template: Template, arn: str) -> set[str]:
    """Return the names of the roles that may read the secret *arn*."""
    return {
        role
        for role, statement in template.statements()
        if arn in statement["Resource"] and "secretsmanager:GetSecretValue" in statement["Action"]
    }


def test_a_bundle_knows_where_its_secret_is_and_not_what() -> None:
    """The variables have the address, the ref, the folder and the ARN of the secret, with the key of its JSON."""
    found = bundles(variant("bundles"))

    assert found["airflow_fargate.dag_bundles.git.VersionedGitDagBundle web"] == {
        "url": "https://git.example.com/team/dags.git",
        "ref": "main",
        "folder": "airflow",
        "refresh_interval": 30,
        "secret": f"{LOOKED_UP}:token::",
    }


def test_only_readers_of_bundles_read_the_secret() -> None:
    """Dag-processor and workers read the secret while they run; no other role may, and ECS hands it to no container."""
    template = changed("split", dags=BUNDLES)

    assert readers(template, LOOKED_UP) == {"dag_processor_task", "worker_default_task"}


@pytest.mark.parametrize("stage", ["compact", "split"])
def test_a_public_repository_needs_no_secret(stage: str) -> None:
    """A bundle without a secret adds no resource to a stage."""
    before, after = variant(stage), changed(stage, dags=PUBLIC)

    assert after.resources().keys() == before.resources().keys()


def test_a_proxy_reaches_a_public_host() -> None:
    """Without a route to the internet, a proxy in the variables is the way to a public host."""
    settings = Settings(stage="dev", nat="none", environment={"HTTPS_PROXY": "http://proxy:3128"}, dags=GITHUB)

    assert git_bundles(settings.dags)["dags"].host == "github.com"
