"""Settings that contradict each other, and settings that fit together."""

from typing import Any

import pytest

from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError
from tests.contradictions import ARM64, DATABASE, EC2, MIXED, NETWORK, REFUSED, SPOT

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/x"
SCALED = {"topology": "split", "processes": {"api-server": {"count": 2, "max_count": 2}}}
TAKEN: list[dict[str, Any]] = [
    {"existing_network": NETWORK, "existing_database": DATABASE},
    {"existing_network": NETWORK | {"public_subnet_ids": ("subnet-3", "subnet-4", "subnet-5")}},
    {"existing_network": NETWORK | {"public_subnet_ids": ()}, "internal": True},
    {"existing_network": NETWORK | {"private_subnet_ids": ("subnet-1",)}, "existing_database": DATABASE},
    {"nat": "none", "additional_endpoints": ("kms", "ecr.api", "kms-fips")},
    {"nat": "none", "additional_endpoints": ("com.amazonaws.us-east-1.new-service",)},
    {"processes": {"worker": {"permissions": ({"actions": ("s3:Get*",), "resources": ("arn:*:s3:::x", "*")},)}}},
    {"processes": {"worker": {"environment": {"A": "arn:aws-cn:s3:::x"}}}},
    {"compact_capacity": "FARGATE_SPOT", "compact_accept_interruption": True},
    {"worker_pools": {"default": SPOT | {"min": 3}}},
    {"worker_pools": {"spot": MIXED}},
    {"worker_pools": {"default": {}}, "compact_size": {"cpu": 1024, "memory_mib": 3072}},
    {"worker_pools": {"spot": {}, "high_memory": {}}, "compact_worker_slots": 17},
    {"worker_pools": {"a" * 35: {"slots": 21}}},
    {"ec2_capacity": ARM64, "architecture": "ARM64", "worker_pools": {"default": EC2}},
    {"ec2_capacity": ARM64, "worker_pools": {"arm": EC2 | {"architecture": "ARM64"}}},
    {"ec2_capacity": ARM64},
    {"processes": {"worker": {"permissions": ({"actions": ("s3:GetObject",), "resources": ("*",)},)}}},
    {"topology": "split", "processes": {"scheduler": SPOT | {"accept_interruption": True}}},
    {"topology": "split", "processes": dict.fromkeys(("triggerer", "dag-processor"), SPOT)},
    SCALED,
    {"listener_protocol": "TLS", "certificate_arn": CERTIFICATE, "allowed_cidrs": ("0.0.0.0/0",)},
    {"listener_protocol": "TLS", "domain_name": "airflow.example.com", "hosted_zone_id": "Z0123456789"},
    {"domain_name": "airflow.example.com", "hosted_zone_id": "Z0123456789"},
    {"allowed_cidrs": ("10.0.0.0/8", "18.0.0.0/8", "100.64.0.0/10")},
    {"tags": {"Stack": "data", "Team": "data"}, "ignore_tags": {"key_prefixes": ("team",)}},
    {"database_storage_gib": 200, "database_max_storage_gib": 200},
    {"database_storage_gib": 200, "database_max_storage_gib": 220},
]


@pytest.mark.parametrize(("values", "sentence"), REFUSED)
def test_a_contradiction_is_refused(values: dict[str, Any], sentence: str) -> None:
    """A contradiction is refused with both settings and what to do."""
    with pytest.raises(BadInputError) as refused:
        Settings(stage="dev", **values)

    assert str(refused.value).startswith(f"stages.py, stage 'dev': {sentence}")


@pytest.mark.parametrize("values", TAKEN)
def test_what_fits_together_is_taken(values: dict[str, Any]) -> None:
    """Settings without a contradiction are accepted."""
    assert Settings(stage="dev", **values).stage == "dev"
