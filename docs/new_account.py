"""Write the table of docs/new-account.md: `make synth && .venv/bin/python docs/new_account.py`."""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from airflow_on_fargate.simulator.prices import DOLLARS
from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.shared.bad_input import BadInputError

PAGE = Path(__file__).with_name("new-account.md")
STACKS = Path(__file__).parent.parent / "cdktf.out" / "stacks"
TABLE = re.compile(r"(<!-- table -->\n).*?(<!-- end -->)", re.DOTALL)
HOURS = 730
"""In a month, as AWS counts."""
NAT, BALANCER, ADDRESS = 0.045, 0.0225, 0.005
DATABASE = {"db.t4g.small": 0.032, "db.t4g.medium": 0.065}
"""Dollars an hour in us-east-1; the page names the sources."""


class Needs:
    """What a stage needs in an account, from its Terraform JSON."""

    def __init__(self, stack: SynthesizedStack) -> None:
        self.vcpu = self.max_vcpu = self.gib = 0.0
        for service in stack.services():
            definition = stack.all("aws_ecs_task_definition")[service.task_definition]
            cpu = int(definition["cpu"]) / 1024
            self.vcpu += cpu * service.count
            self.gib += int(definition["memory"]) / 1024 * service.count
            self.max_vcpu += cpu * service.maximum
        self.vpcs = len(stack.all("aws_vpc"))
        self.elastic_ips, self.nats = len(stack.all("aws_eip")), len(stack.all("aws_nat_gateway"))
        self._balancer, self._database = stack.one("aws_lb"), stack.one("aws_db_instance")

    @property
    def dollars_an_hour(self) -> float:
        """The price of all that always runs, without charges by the gigabyte."""
        database = DATABASE[self._database["instance_class"]] * (2 if self._database["multi_az"] else 1)
        # A load balancer that faces the internet has a public address in each subnet.
        addresses = self.elastic_ips + len(self._balancer["subnets"])
        fixed = database + self.nats * NAT + BALANCER + addresses * ADDRESS
        vcpu, gib = DOLLARS["X86_64"]
        return self.vcpu * vcpu + self.gib * gib + fixed


def table(stacks: Mapping[str, SynthesizedStack]) -> str:
    """Return the table of what the stages need, by their names."""
    needs = {stage: Needs(stack) for stage, stack in stacks.items()}
    rows: dict[str, Callable[[Needs], str]] = {
        "Fargate vCPUs after the first deployment": lambda each: f"{each.vcpu:g}",
        "Fargate vCPUs with all that may scale out": lambda each: f"{each.max_vcpu:g}",
        "the same while a deployment replaces every task": lambda each: f"{2 * each.max_vcpu:g}",
        "elastic IP addresses": lambda each: f"{each.elastic_ips}",
        "VPCs": lambda each: f"{each.vpcs}",
        "dollars an hour, while nothing scales out": lambda each: f"{each.dollars_an_hour:.2f}",
        "dollars a month of 730 hours": lambda each: f"{each.dollars_an_hour * HOURS:.0f}",
    }
    head = f"| needs | {' | '.join(f'`{stage}`' for stage in needs)} |\n|---|{'---|' * len(needs)}"
    return "\n".join(
        [head, *(f"| {name} | {' | '.join(of(each) for each in needs.values())} |" for name, of in rows.items())]
    )


def page(text: str, stacks: Mapping[str, SynthesizedStack]) -> str:
    """Return the page with the table of the stages."""
    return TABLE.sub(lambda found: f"{found[1]}\n{table(stacks)}\n\n{found[2]}", text)


if __name__ == "__main__":
    stages = ("dev", "prod")
    try:
        composed = {each: SynthesizedStack.of_stage(each, STACKS) for each in stages}
    except BadInputError as error:
        sys.exit(f"error: {error}")
    PAGE.write_text(page(PAGE.read_text("utf-8"), composed), "utf-8")
