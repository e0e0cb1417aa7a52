"""A domain and its zone, as Terraform compares them."""

import re
from typing import Any

import pytest

from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.settings.settings import Settings
from tests.terraform.deployment import Deploy, Deployment

pytestmark = pytest.mark.terraform

TLS = Settings(
    stage="tls",
    listener_protocol="TLS",
    domain_name="airflow.example.com",
    hosted_zone_id="Z0123456789",
    protected=False,
)


@pytest.fixture(name="tls", scope="module")
def _tls(deploy: Deploy) -> Deployment:
    return deploy(TLS)


def _plan(tls: Deployment, **zone: Any) -> tuple[int, str]:  # noqa: ANN401 any attribute of a zone
    (name,) = SynthesizedStack(tls.document).all("aws_route53_zone", block="data")
    tls.answer({"aws_route53_zone": {name: zone}})
    ended = tls.try_terraform("plan", "-target=aws_acm_certificate_validation.load_balancer")
    return ended.returncode, re.sub(r"\s*\n[\s│]*", " ", ended.stdout)


@pytest.mark.parametrize("name", ["example.com", "airflow.example.com"])
def test_a_domain_of_the_zone_is_planned(tls: Deployment, name: str) -> None:
    """A domain inside the hosted zone is accepted."""
    code, output = _plan(tls, name=name)

    assert code == 0, output[-900:]


@pytest.mark.parametrize("name", ["example.org", "ample.com", "x.airflow.example.com"])
def test_a_domain_of_another_zone_fails_in_the_plan(tls: Deployment, name: str) -> None:
    """A domain outside the hosted zone fails in the plan with both settings."""
    code, output = _plan(tls, name=name)

    assert code == 1
    assert f"hosted_zone_id Z0123456789 is the zone {name}, and domain_name airflow.example.com is not in it." in output


def test_a_private_zone_proves_no_certificate(tls: Deployment) -> None:
    """A private zone for a certificate fails in the plan with what to do."""
    code, output = _plan(tls, name="example.com", private_zone=True)

    assert code == 1
    assert "is a private zone, in which ACM cannot see the record that proves airflow.example.com. Give cert" in output
