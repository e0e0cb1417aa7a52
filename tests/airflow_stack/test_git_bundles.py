"""Promises of what DAG bundles in Git get of the stage."""

import json

import pytest

from constructs_lib.settings.dag_bundles import DagsInGit, DagsInS3, git_bundles
from constructs_lib.settings.settings import Settings
from tests.airflow_on_fargate.pipeline_roles.evaluator import Request, allows
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
        "tasks_bucket": "${aws_s3_bucket.dags.bucket}",
        "tasks_key": "dags/tasks.json",
    }


def test_only_readers_of_bundles_read_the_secret() -> None:
    """Dag-processor and workers read the secret while they run; no other role may, and ECS hands it to no container."""
    template = changed("split", dags=BUNDLES)

    assert readers(template, LOOKED_UP) == {"dag_processor_task", "worker_default_task"}


@pytest.mark.parametrize("stage", ["compact", "split"])
def test_a_public_repository_needs_no_secret(stage: str) -> None:
    """A bundle without a secret adds only the bucket with the table of deployed task folders."""
    before, after = variant(stage), changed(stage, dags=PUBLIC)
    added = after.resources().keys() - before.resources().keys()

    assert {address.partition(".")[0].removeprefix("aws_s3_") for address in added} == {
        *("bucket", "bucket_lifecycle_configuration", "bucket_policy", "bucket_public_access_block"),
        *("bucket_server_side_encryption_configuration", "bucket_versioning", "object"),
    }


def test_only_the_dag_processor_reads_the_table() -> None:
    """Without a bundle in S3, the dag-processor may get the table of deployed folders, and no role anything else."""
    template = changed("split", dags=PUBLIC)
    allowed = [
        (role, statement["Action"], statement["Resource"])
        for role, statement in template.statements()
        if any(each.startswith("${aws_s3_bucket.dags.arn}") for each in statement["Resource"])
    ]

    assert allowed == [("dag_processor_task", ["s3:GetObject"], ["${aws_s3_bucket.dags.arn}/dags/tasks.json"])]


def test_the_closed_network_lets_the_table_through() -> None:
    """Without a route to the internet, the dag-processor reaches the table, but no bucket of another account."""
    template = changed("no_nat", topology="split", dags=PUBLIC)
    role = [statement for _, statement in template.statements(name="dag_processor_task")]
    endpoint = json.loads(template.all("aws_vpc_endpoint")["network_s3"]["policy"])
    table = "${aws_s3_bucket.dags.arn}/dags/tasks.json"
    account = "${data.aws_caller_identity.account.account_id}"

    def passes(owner: str) -> bool:
        context = {"aws:PrincipalAccount": account, "aws:ResourceAccount": owner}
        request = Request("s3:GetObject", table, context)
        return allows([{"Statement": role}], request) and allows([endpoint], request)

    assert passes(account)
    assert not passes("222222222222")


def test_the_table_has_the_folders_that_are_deployed() -> None:
    """Bundles in Git read a table in the stage's own bucket, written after the task definitions of its folders."""
    template = changed("compact", dags={"one": PUBLIC, "two": GITHUB})
    [table] = template.all("aws_s3_object").values()

    assert (table["bucket"], table["key"]) == ("${aws_s3_bucket.dags.bucket}", "dags/tasks.json")
    assert json.loads(table["content"])["tasks"]["number_task"]["family"] == "airflow-dev-number-task"
    assert "aws_ecs_task_definition.dag_tasks_number_task" in table["depends_on"]
    assert "AIRFLOW_FARGATE_DAG_RETENTION" not in environment(template.containers("airflow")["scheduler"])


def test_bundles_in_git_use_the_table_of_one_in_s3() -> None:
    """With a bundle in an existing bucket, bundles in Git use the table beside it, and the stage needs no bucket."""
    template = changed("split", dags={"web": PUBLIC, "team": DagsInS3(bucket="team-dags", prefix="teams/data")})
    [git] = [each for name, each in bundles(template).items() if name.endswith(" web")]

    assert (git["tasks_bucket"], git["tasks_key"]) == ("team-dags", "teams/data/tasks.json")
    assert list(template.all("aws_s3_bucket")) == ["task_logs"]


def test_the_table_keeps_its_place_when_the_dags_move() -> None:
    """A stage whose DAGs move from Git to its own bucket keeps bucket and table."""
    before, after = (changed("compact", dags=each).all("aws_s3_object") for each in (PUBLIC, DagsInS3()))

    assert before == after


def test_a_proxy_reaches_a_public_host() -> None:
    """Without a route to the internet, a proxy in the variables is the way to a public host."""
    settings = Settings(stage="dev", nat="none", environment={"HTTPS_PROXY": "http://proxy:3128"}, dags=GITHUB)

    assert git_bundles(settings.dags)["dags"].host == "github.com"
