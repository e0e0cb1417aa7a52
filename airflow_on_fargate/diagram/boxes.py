"""The boxes of the picture: one for each part of the stage."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.ecs.what_runs import is_worker_service

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from constructs_lib.engine.synthesized_stack import Attributes, EcsService, SynthesizedStack


TASKS_SHOWN, LETTERS_SHOWN, NAMES_SHOWN = 3, 16, 3
"""With more on-demand tasks, or longer names, one box represents all tasks. The last number is for pools named."""
TOGETHER = "tasks together"
WORKERS = "workers"
"""The box of the worker pools."""
QUEUES = "queues"


@dataclass(frozen=True)
class Box:
    """A part of the stage with a title and some facts; *kind* chooses its icon."""

    id: str
    kind: str
    title: str
    facts: tuple[str, ...] = ()
    frame: str = "region"


def boxes(stack: SynthesizedStack) -> list[Box]:
    """Return the boxes of *stack*."""
    return [
        *_way_in(stack),
        *_way_out(stack),
        *_services(stack),
        *_on_demand(stack),
        *_data(stack),
        *_regional(stack),
    ]


def box_of_task(stack: SynthesizedStack, definition: str) -> str:
    """Return the id of the box of an on-demand task."""
    return TOGETHER if _are_together(stack) else definition


def box_of_service(service: EcsService) -> str:
    """Return the id of a service's box; worker pools share one."""
    return WORKERS if is_worker_service(service.name) else service.label


def endpoint_service(endpoint: Attributes) -> str:
    """Return AWS's name of the service of an *endpoint*, such as `ecr.api`."""
    name: str = endpoint["service_name"]
    return name.split(".", 3)[3]


def _way_in(stack: SynthesizedStack) -> Iterator[Box]:
    balancer, listener = stack.one("aws_lb"), stack.one("aws_lb_listener")
    rules = stack.all("aws_vpc_security_group_ingress_rule").values()
    to_balancer = [rule for rule in rules if rule["security_group_id"] in balancer["security_groups"]]
    facts = [f"{listener['protocol']} {listener['port']}"]
    facts += [each["name"] for each in stack.all("aws_route53_record").values() if "alias" in each]
    if to_balancer:
        yield Box("clients", "clients", "Clients", tuple(each["cidr_ipv4"] for each in to_balancer), frame="")
    else:
        facts.append("allows no clients yet")
    frame = "private" if balancer["internal"] else "public"
    yield Box("load_balancer", "load_balancer", "Load balancer", tuple(facts), frame)


def _way_out(stack: SynthesizedStack) -> Iterator[Box]:
    if nats := stack.all("aws_nat_gateway"):
        yield Box("nat", "nat", "NAT gateway", (f"in {_counted(len(nats), 'zone')}",), "public")
    interfaces = [each for each in stack.all("aws_vpc_endpoint").values() if each["vpc_endpoint_type"] == "Interface"]
    if interfaces:
        yield Box(
            "endpoints", "endpoints", "VPC endpoints", tuple(endpoint_service(each) for each in interfaces), "private"
        )


def _services(stack: SynthesizedStack) -> Iterator[Box]:
    services = stack.services()
    pools = [service for service in services if is_worker_service(service.name)]
    for service in services if len(pools) == 1 else [each for each in services if each not in pools]:
        box = box_of_service(service)
        yield Box(box, "service", service.name, tuple(_service_facts(stack, service)), "services")
    if len(pools) > 1:
        facts = (
            *_names([pool.label for pool in pools], "worker_"),
            _size(stack, [pool.task_definition for pool in pools]),
        )
        yield Box(WORKERS, "service", _counted(len(pools), "worker pool"), facts, "services")


def _names(names: list[str], prefix: str) -> list[str]:
    """Return *names* without their *prefix*, or nothing if they do not fit into the picture."""
    short = [name.removeprefix(prefix) for name in names]
    return short if len(short) <= NAMES_SHOWN and all(len(each) <= LETTERS_SHOWN for each in short) else []


def _service_facts(stack: SynthesizedStack, service: EcsService) -> list[str]:
    containers = stack.containers(service.task_definition)
    facts = [name if each["essential"] else f"first: {name}" for name, each in containers.items()]
    # A process that is alone in its service has the service's name.
    facts = ([] if len(facts) == 1 else [fact for fact in facts if fact != service.name]) + [
        _size(stack, [service.task_definition])
    ]
    if service.count != 1:
        facts.append(f"{service.count} tasks")
    providers = {each["capacity_provider"] for each in service.attributes["capacity_provider_strategy"]}
    if "FARGATE_SPOT" in providers:
        facts.append("Spot" if len(providers) == 1 else "partly Spot")
    elif "FARGATE" not in providers:
        facts.append("EC2")
    return facts


def _on_demand(stack: SynthesizedStack) -> Iterator[Box]:
    definitions = stack.on_demand()
    if _are_together(stack):
        yield Box(TOGETHER, "task", _counted(len(definitions), "task"), (_size(stack, definitions),), "tasks")
        return
    for definition in definitions:
        (name,) = stack.containers(definition)
        yield Box(definition, "task", name, (_size(stack, [definition]),), "tasks")


def _are_together(stack: SynthesizedStack) -> bool:
    names = [name for each in stack.on_demand() for name in stack.containers(each)]
    return len(names) > TASKS_SHOWN or any(len(name) > LETTERS_SHOWN for name in names)


def _data(stack: SynthesizedStack) -> Iterator[Box]:
    for instance in stack.all("aws_db_instance").values():
        zones = "in two zones" if instance["multi_az"] else "in one zone"
        version = f"PostgreSQL {instance['engine_version']}"
        yield Box("database", "database", "RDS", (version, instance["instance_class"], zones), "private")
    if not stack.all("aws_db_instance"):
        variables = stack.variables(stack.services()[0].task_definition)
        yield Box("database", "database", "PostgreSQL", ("existing", variables["DB_HOST"]), "private")
    for _ in stack.all("aws_efs_file_system"):
        yield Box("file_system", "file_system", "EFS", ("shared volume",), "private")


def _regional(stack: SynthesizedStack) -> Iterator[Box]:
    queues = [each for each in stack.all("aws_sqs_queue").values() if "redrive_policy" in each]
    [receives] = {json.loads(each["redrive_policy"])["maxReceiveCount"] for each in queues}
    dead_letters = "dead letters", f"after {receives} receives"
    names = [each["name"] for each in queues] if len(queues) == 1 else [_counted(len(queues), "queue")]
    yield Box(QUEUES, "queue", "SQS", (*names, *dead_letters))
    for name in stack.all("aws_s3_bucket"):
        content = "DAGs of bundles" if name == "dags" else "logs of task instances"
        yield Box(f"bucket {name}", "bucket", "S3", (content,))
    if repositories := stack.all("aws_ecr_repository"):
        yield Box("images", "images", "ECR", (_counted(len(repositories), "repository"),))
    yield Box(
        "secrets", "secrets", "Secrets Manager", (_counted(len(stack.all("aws_secretsmanager_secret")), "secret"),)
    )
    groups = stack.all("aws_cloudwatch_log_group")
    yield Box("logs", "logs", "CloudWatch Logs", (_counted(len(groups), "log group"),))
    for service in stack.all("aws_service_discovery_service").values():
        zone = stack.referred(service["namespace_id"], "aws_service_discovery_private_dns_namespace")
        yield Box("names", "names", "Cloud Map", (service["name"], f".{zone['name']}" if zone else ""), "private")


def _size(stack: SynthesizedStack, definitions: Iterable[str]) -> str:
    """Return the size of one task, or the minimum and the maximum of several."""
    found = [stack.all("aws_ecs_task_definition")[each] for each in definitions]
    cpus, memories = (sorted({int(each[key]) / 1024 for each in found}) for key in ("cpu", "memory"))
    return f"{_span(cpus)} vCPU, {_span(memories)} GiB"


def _span(values: list[float]) -> str:
    return f"{values[0]:g}" if len(values) == 1 else f"{values[0]:g} to {values[-1]:g}"


def _counted(count: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"
