"""The arrows of the picture: connections from security group rules, and grants from the roles' policies."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from airflow_on_fargate.diagram.boxes import QUEUES, box_of_service, box_of_task
from constructs_lib.engine.template import resource_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from airflow_on_fargate.diagram.boxes import Box
    from airflow_on_fargate.diagram.frames import Frame
    from constructs_lib.engine.synthesized_stack import Attributes, SynthesizedStack

ANYWHERE = "0.0.0.0/0"
GRANTS = {
    "ecr:BatchGetImage": ("pulls", "aws_ecr_repository", "images"),
    "logs:PutLogEvents": ("writes", "", "logs"),
    "s3:GetObject": ("reads", "aws_s3_bucket", "bucket {}"),
    "s3:PutObject": ("writes", "aws_s3_bucket", "bucket {}"),
    "secretsmanager:GetSecretValue": ("reads", "", "secrets"),
    "sqs:ReceiveMessage": ("receives", "aws_sqs_queue", QUEUES),
    "sqs:SendMessage": ("sends", "aws_sqs_queue", QUEUES),
}
"""For each action: the word on its arrow, the type of the resource, and the box that the arrow goes to."""


@dataclass(frozen=True, order=True)
class Arrow:
    """An arrow from *source*, a box or all boxes of a frame, to *target*; *label* is a verb or a TCP port."""

    source: str
    target: str
    label: str


def arrows(stack: SynthesizedStack, boxes: Iterable[Box], frames: Iterable[Frame]) -> list[Arrow]:
    """Return the arrows between *boxes*; if all boxes of a frame have the same arrow, the frame has it instead."""
    known = {box.id for box in boxes}
    single = {
        each
        for each in (*_connections(stack), *_ways_out(stack), *_grants(stack), *_registrations(stack))
        if each.source in known and each.target in known and each.source != each.target
    }
    members = _members(boxes, frames)
    return _joined(_gathered(single, members))


def _connections(stack: SynthesizedStack) -> Iterator[Arrow]:
    """Yield an arrow for each rule that allows connections."""
    owners = _owners(stack)
    everyone = {box for group in ("services", "tasks") for box in owners[group]}
    for rule in stack.all("aws_vpc_security_group_ingress_rule").values():
        targets = owners[_group(rule["security_group_id"])]
        if "referenced_security_group_id" in rule:
            sources = owners[_group(rule["referenced_security_group_id"])]
        else:
            # The network that may call the endpoints is the VPC's own; the others belong to the clients.
            sources = everyone if targets == {"endpoints"} else {"clients"}
        yield from (Arrow(source, target, str(rule["from_port"])) for source in sources for target in targets)


def _ways_out(stack: SynthesizedStack) -> Iterator[Arrow]:
    owners = _owners(stack)
    for rule in stack.all("aws_vpc_security_group_egress_rule").values():
        if rule.get("cidr_ipv4") == ANYWHERE:
            yield from (Arrow(source, "nat", "internet") for source in owners[_group(rule["security_group_id"])])


def _grants(stack: SynthesizedStack) -> Iterator[Arrow]:
    users = _role_users(stack)
    families = {
        stack.all("aws_ecs_task_definition")[name]["family"]: box_of_task(stack, name) for name in stack.on_demand()
    }
    for name, statement in stack.statements():
        (role,) = resource_names(stack.all("aws_iam_role_policy")[name]["role"], "aws_iam_role")
        found = [*_grant_targets(statement), *_task_targets(statement, families)]
        yield from (Arrow(user, target, word) for user in users[role] for word, target in found)


def _grant_targets(statement: Attributes) -> Iterator[tuple[str, str]]:
    for action in statement["Action"]:
        if action in GRANTS:
            word, resource_type, target = GRANTS[action]
            names = resource_names(statement["Resource"], resource_type) if resource_type else [""]
            yield from ((word, target.format(name)) for name in names)


def _task_targets(statement: Attributes, families: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the on-demand tasks that a statement allows to start or to wait for; policies name prefixes of families."""
    if "ecs:RunTask" in statement["Action"]:
        # The ARN is "arn:...:task-definition/<family>:<revision>".
        patterns = [each.rpartition("task-definition/")[2].partition(":")[0] for each in statement["Resource"]]
        yield from (
            ("starts", box) for family, box in families.items() if any(fnmatchcase(family, each) for each in patterns)
        )
    if "ecs:DescribeTasks" in statement["Action"]:
        yield from (("waits for", box) for box in families.values())


def _registrations(stack: SynthesizedStack) -> Iterator[Arrow]:
    for service in stack.services():
        if "service_registries" in service.attributes:
            yield Arrow(box_of_service(service), "names", "registers")


def _owners(stack: SynthesizedStack) -> defaultdict[str, set[str]]:
    """Return the boxes of each security group; the keys `services` and `tasks` have all services and all tasks."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for name, box in (*_owned_groups(stack), *_groups_of_existing_database(stack)):
        owners[name].add(box)
    tasks = {box_of_task(stack, each) for each in stack.on_demand()}
    for service in stack.services():
        box = box_of_service(service)
        owners["services"].add(box)
        for group in service.attributes["network_configuration"]["security_groups"]:
            owners[_group(group)].add(box)
        if group := stack.variables(service.task_definition).get("AIRFLOW_FARGATE_SECURITY_GROUP"):
            owners[_group(group)] |= tasks
    owners["tasks"] = tasks
    return owners


def _owned_groups(stack: SynthesizedStack) -> Iterator[tuple[str, str]]:
    """Yield each security group of a resource that is no service, with the box of the resource."""
    for box, resource_type, key in (
        ("load_balancer", "aws_lb", "security_groups"),
        ("database", "aws_db_instance", "vpc_security_group_ids"),
        ("file_system", "aws_efs_mount_target", "security_groups"),
        ("endpoints", "aws_vpc_endpoint", "security_group_ids"),
    ):
        for resource in stack.all(resource_type).values():
            yield from ((_group(group), box) for group in resource.get(key, []))


def _groups_of_existing_database(stack: SynthesizedStack) -> Iterator[tuple[str, str]]:
    """Yield the only security group that the stack adds rules to without creating it."""
    if not stack.all("aws_db_instance"):
        for rule in stack.all("aws_vpc_security_group_ingress_rule").values():
            if rule["security_group_id"].startswith("sg-"):
                yield rule["security_group_id"], "database"


def _group(value: str) -> str:
    """Return the name of the security group that *value* refers to, or its id if it is not the stack's."""
    return next(iter(resource_names(value, "aws_security_group")), value)


def _role_users(stack: SynthesizedStack) -> defaultdict[str, set[str]]:
    users: defaultdict[str, set[str]] = defaultdict(set)
    services = {service.task_definition: box_of_service(service) for service in stack.services()}
    for name, definition in stack.all("aws_ecs_task_definition").items():
        box = services.get(name) or box_of_task(stack, name)
        for key in ("task_role_arn", "execution_role_arn"):
            users[resource_names(definition[key], "aws_iam_role")[0]].add(box)
    return users


def _members(boxes: Iterable[Box], frames: Iterable[Frame]) -> dict[str, set[str]]:
    """Return the boxes in each frame and in its inner frames, outer frames first; without frames that have one box."""
    members: dict[str, set[str]] = {frame.id: set() for frame in frames}
    parents = {frame.id: frame.parent for frame in frames}
    for box in boxes:
        frame: str | None = box.frame
        while frame:
            members[frame].add(box.id)
            frame = parents[frame]
    # The frame of the tasks is kept even if one box represents all tasks.
    return {frame: inside for frame, inside in members.items() if len(inside) > 1 or (inside and frame == "tasks")}


def _gathered(single: set[Arrow], members: Mapping[str, set[str]]) -> set[Arrow]:
    gathered = set(single)
    for frame, inside in members.items():
        for target, label in {(each.target, each.label) for each in gathered}:
            same = {Arrow(source, target, label) for source in inside}
            if target not in inside and same <= gathered:
                gathered = gathered - same | {Arrow(frame, target, label)}
    for frame, inside in members.items():
        for source, label in {(each.source, each.label) for each in gathered}:
            same = {Arrow(source, target, label) for target in inside}
            if source not in inside and same <= gathered:
                gathered = gathered - same | {Arrow(source, frame, label)}
    return gathered


def _joined(gathered: Iterable[Arrow]) -> list[Arrow]:
    labels: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for each in sorted(gathered, key=lambda arrow: (arrow.label.isdigit(), arrow)):
        labels[each.source, each.target].append(each.label)
    return [Arrow(*ends, ", ".join(words)) for ends, words in sorted(labels.items())]
