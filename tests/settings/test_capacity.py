"""Promises of the settings of EC2 instances."""

import pytest

from constructs_lib.settings.capacity import Ec2Capacity

ARM64 = (
    *("a1.medium", "m7g.large", "m7gd.metal", "c7gn.xlarge", "t4g.micro", "r8g.24xlarge", "x2gd.large", "im4gn.large"),
    *("is4gen.large", "g5g.xlarge", "hpc7g.4xlarge", "i8ge.large", "m8g-flex.large"),
)
X86_64 = (
    *("m7i.large", "m7i-flex.large", "c5n.18xlarge", "t3.micro", "m7a.medium", "g4dn.xlarge", "g5.xlarge", "g6e.large"),
    *(
        "gr6.4xlarge",
        "p5.48xlarge",
        "inf2.xlarge",
        "u-6tb1.metal",
        "u7i-12tb.224xlarge",
        "i7ie.large",
        "hpc6id.32xlarge",
    ),
)


@pytest.mark.parametrize(
    ("instance_type", "architecture"),
    [*((each, "ARM64") for each in ARM64), *((each, "X86_64") for each in X86_64)],
)
def test_the_instance_type_names_the_processor(instance_type: str, architecture: str) -> None:
    """The processor follows from the instance type."""
    assert Ec2Capacity(instance_type=instance_type, max_instances=1).architecture == architecture
