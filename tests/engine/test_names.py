"""Names in their spellings, and those made from construct paths."""

import pytest

from constructs_lib.engine.names import aws_name, pascal_case, state_address


@pytest.mark.parametrize(
    ("name", "on_aws", "id_"),
    [("spot", "spot", "Spot"), ("high_memory", "high-memory", "HighMemory"), ("api-server", "api-server", "ApiServer")],
)
def test_a_name_has_its_spellings(name: str, on_aws: str, id_: str) -> None:
    """A name on AWS has `-`, and a construct id is in PascalCase."""
    assert (aws_name(name), pascal_case(name)) == (on_aws, id_)


@pytest.mark.parametrize(
    ("path", "resource_type", "name"),
    [
        ("Scheduler/TaskDefinition", "aws_ecs_task_definition", "scheduler"),
        ("Database/SecurityGroup", "aws_security_group", "database"),
        ("Scheduler/TaskRole", "aws_iam_role", "scheduler_task"),
        (
            "Database/SecurityGroup/FromScheduler",
            "aws_vpc_security_group_ingress_rule",
            "database_from_scheduler",
        ),
    ],
)
def test_words_of_the_type_are_not_repeated(path: str, resource_type: str, name: str) -> None:
    """A name does not end with words that its resource type ends with."""
    assert state_address(path.split("/"), resource_type) == name


@pytest.mark.parametrize(
    ("path", "resource_type", "name"),
    [
        ("TaskLogs/Bucket/Lifecycle", "aws_s3_bucket_lifecycle_configuration", "task_logs_lifecycle"),
        ("Airflow/Scheduler/TaskDefinition/ExecutionRole/Resource", "aws_iam_role", "scheduler_execution"),
        ("Airflow/Scheduler/Service/Resource", "aws_appautoscaling_target", "scheduler"),
        ("Database/SecurityGroup/FromWorker_5432", "aws_vpc_security_group_ingress_rule", "database_from_worker_5432"),
    ],
)
def test_parts_of_a_construct_add_nothing(path: str, resource_type: str, name: str) -> None:
    """A name does not contain the ids of a construct's own parts."""
    assert state_address(path.split("/"), resource_type) == name


@pytest.mark.parametrize(
    ("path", "resource_type", "name"),
    [
        ("Cluster", "aws_ecs_cluster", "cluster"),
        ("Queue/Resource", "aws_sqs_queue", "queue"),
        ("TaskDefinition", "aws_ecs_task_definition", "task_definition"),
        ("Airflow", "terraform_data", "airflow"),
        ("Airflow/Resource", "terraform_data", "airflow"),
        ("Resource", "aws_sqs_queue", "resource"),
    ],
)
def test_something_always_remains(path: str, resource_type: str, name: str) -> None:
    """A path with only words that would be omitted keeps them."""
    assert state_address(path.split("/"), resource_type) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Airflow/ApiServer", "api_server"),
        ("Airflow/Airflow/TaskDefinition", "airflow"),
        ("Keys/Airflow", "keys_airflow"),
    ],
)
def test_a_leading_airflow_is_left_out(path: str, name: str) -> None:
    """A leading `Airflow` is omitted, and any other word is kept."""
    assert state_address(path.split("/"), "aws_ecs_task_definition") == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("DagTasks/number-task", "dag_tasks_number_task"),
        ("DagTasks/multi_task", "dag_tasks_multi_task"),
        ("VPCEndpointS3", "vpc_endpoint_s3"),
        ("Route53Zone", "route53_zone"),
        ("PublicSubnet1a", "public_subnet1a"),
        ("7zip", "_7zip"),
    ],
)
def test_ids_become_words(path: str, name: str) -> None:
    """Ids in any spelling become lower-case words that Terraform accepts."""
    assert state_address(path.split("/"), "aws_x") == name
