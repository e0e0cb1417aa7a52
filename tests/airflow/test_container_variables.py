"""Promises of what a user gives to Airflow's containers."""

import re
from pathlib import Path

import pytest

from constructs_lib.airflow.container_variables import UserVariables
from constructs_lib.settings.variable_names import reason_against
from constructs_lib.storage.secret import SecretReference
from tests.template import Template, environment, secrets
from tests.variants import variant, with_other_values

PROXY = {"HTTPS_PROXY": "http://proxy:3128"}
AGENT = "localhost,127.0.0.1,169.254.170.2,169.254.169.254"
CRM = "${data.aws_secretsmanager_secret.stage_secrets_airflow_conn_crm.arn}"


def secret(name: str) -> SecretReference:
    """Return a reference to the secret *name*."""
    return SecretReference(f"arn:{name}", f"arn:{name}")


class TestOfOneContainer:
    def test_those_of_a_process_come_first(self) -> None:
        """A variable of a process overrides the stage's, also if one of the two is a secret."""
        stage = UserVariables(environment={"A": "1", "B": "1", "C": "1"}, secrets={"D": secret("d"), "E": secret("e")})
        own = UserVariables(environment={"A": "2", "D": "2"}, secrets={"B": secret("b")})

        assert stage.with_own(own) == UserVariables(
            environment={"A": "2", "C": "1", "D": "2"}, secrets={"B": secret("b"), "E": secret("e")}
        )

    @pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "all_proxy"])
    def test_with_a_proxy_some_hosts_are_reached_without_it(self, name: str) -> None:
        """ECS's agent, the container itself and the hosts in the argument are reached without the proxy."""
        variables = UserVariables(environment={name: "http://proxy"}).with_direct_hosts(["10.0.0.0/16"])

        assert variables.environment == {name: "http://proxy"} | dict.fromkeys(
            ("NO_PROXY", "no_proxy"), f"{AGENT},10.0.0.0/16"
        )

    def test_a_proxy_with_a_password_is_a_secret(self) -> None:
        """A proxy is recognized also if its URL is a secret."""
        variables = UserVariables(secrets={"HTTPS_PROXY": secret("proxy")}).with_direct_hosts([])

        assert variables.environment == {"NO_PROXY": AGENT, "no_proxy": AGENT}

    @pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
    def test_hosts_of_the_user_stay(self, name: str) -> None:
        """The user's own hosts in `NO_PROXY` come first, and each host is listed once."""
        variables = UserVariables(environment={**PROXY, name: "a.example.com, localhost,"})

        assert variables.with_direct_hosts([]).environment["no_proxy"] == (
            "a.example.com,localhost,127.0.0.1,169.254.170.2,169.254.169.254"
        )

    def test_without_a_proxy_nothing_is_added(self) -> None:
        """Without a proxy the user's `NO_PROXY` is unchanged."""
        variables = UserVariables(environment={"NO_PROXY": "a"})

        assert variables.with_direct_hosts(["b"]) is variables


class TestOfAStage:
    @pytest.fixture(name="template")
    def _variables(self) -> Template:
        return variant("variables")

    def test_every_container_has_what_the_stage_gives(self, template: Template) -> None:
        """All of Airflow's containers get the stage's variables, and on-demand tasks do not."""
        names = set()
        for definition, container in template.all_containers():
            airflows = not definition.startswith("dag_tasks_")
            names |= {container["name"]} if airflows else set()
            assert (environment(container).get("HTTPS_PROXY") is not None) is airflows
            assert secrets(container).get("AIRFLOW_CONN_CRM") == (f"{CRM}:connection::" if airflows else None)

        assert {"migrate", "autoscaler", "worker"} < names

    def test_a_process_has_its_own_alone(self, template: Template) -> None:
        """The variables of a process are added to the stage's in its own container only."""
        containers = {each["name"]: each for _, each in template.all_containers()}

        assert [name for name, each in containers.items() if environment(each).get("CRM_USER")] == ["dag-processor"]
        assert "CRM_USER" not in secrets(containers["dag-processor"])
        assert "CRM_USER" in secrets(containers["scheduler"])
        assert [name for name, each in containers.items() if "CRM_TOKEN" in secrets(each)] == ["worker"]

    def test_one_look_up_is_enough_for_a_secret(self, template: Template) -> None:
        """A secret is looked up once, however many variables use its keys."""
        names = [each["name"] for each in template.all("aws_secretsmanager_secret", block="data").values()]

        assert names == ["team/crm", "team/crm"]

    def test_processes_of_one_task_keep_theirs_apart(self) -> None:
        """In the compact topology each container has only the variables of its own process."""
        template = with_other_values("compact")
        containers = template.containers("airflow")

        assert [name for name, each in containers.items() if "A" in environment(each)] == ["worker"]
        assert [name for name, each in containers.items() if "B" in secrets(each)] == ["triggerer"]
        assert list(template.all("aws_ssm_parameter", block="ephemeral")) == ["airflow__triggerer__B"]

    def test_hosts_of_an_existing_network_are_reached_without_the_proxy(self, template: Template) -> None:
        """The addresses of an existing network are looked up, so that logs are fetched without the proxy."""
        container = template.containers("scheduler")["scheduler"]
        hosts = f"example.com,{AGENT},${{data.aws_vpc.vpc.cidr_block}},.airflow-variables.internal"

        assert environment(container)["no_proxy"] == environment(container)["NO_PROXY"] == hosts

    def test_a_network_of_its_own_needs_no_look_up(self) -> None:
        """The stage's own network needs no look-up, and without NAT AWS's services are reached without the proxy."""
        template = with_other_values("no_nat")
        container = template.containers("airflow")["scheduler"]

        assert not template.all("aws_vpc", block="data")
        assert (
            environment(container)["NO_PROXY"]
            == f"{AGENT},10.0.0.0/16,.airflow-closed.internal,.us-east-1.amazonaws.com"
        )

    def test_processes_in_one_task_reach_each_other_without_dns(self) -> None:
        """Without a service of its own no process has a host name that the proxy must not see."""
        container = with_other_values("compact").containers("airflow")["scheduler"]

        assert environment(container)["NO_PROXY"] == f"{AGENT},10.0.0.0/16"


def test_what_the_image_sets_is_not_for_users() -> None:
    """Variables that docker/Dockerfile sets are refused in the settings."""
    text = (Path(__file__).parents[2] / "docker/Dockerfile").read_text()
    names = re.findall(r"(?m)^(?:ENV|   ) ([A-Z_]+)=", text)

    assert "AIRFLOW_HOME" in names
    assert [name for name in names if not reason_against(name)] == []
