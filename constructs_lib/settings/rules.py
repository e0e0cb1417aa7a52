"""The rules about two or more settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.settings.dag_bundles import bundle_rules
from constructs_lib.settings.listener_rules import listener_rules
from constructs_lib.settings.partition import foreign_arns, partition_of
from constructs_lib.settings.processes import CORE_PROCESSES, PROCESSES, WORKER, compact_task, own_task
from constructs_lib.settings.tags import wrong_tags
from constructs_lib.settings.variable_names import check_disjoint
from constructs_lib.settings.worker_pool import wrong_names
from constructs_lib.shared.capacity import check_stage_capacity, uses_spot
from constructs_lib.shared.containers import DEFAULT_QUEUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.settings.settings import Settings


def check_rules(settings: Settings) -> None:
    """
    Refuse settings that contradict each other.

    Raises:
        ValueError: the first contradiction, as a sentence.

    """
    check_disjoint(settings.environment, settings.secrets)
    where = (_state, wrong_tags, _arns, _network, _database)
    for rules in (*where, _topology, _worker_pools, _capacity, _interruption, _images, bundle_rules, listener_rules):
        for sentence in rules(settings):
            raise ValueError(sentence)


def _exclusive(settings: Settings, option: str, others: tuple[str, ...]) -> Iterator[str]:
    if getattr(settings, option):
        for other in others:
            if other in settings.model_fields_set:
                yield f"{option} and {other} exclude each other, got both; remove one"


def _state(settings: Settings) -> Iterator[str]:
    region, (_, _, _, got, *_) = settings.state_bucket_region, (settings.state_kms_key_arn or ":::").split(":")
    if settings.state_kms_key_arn and got != region:
        yield f"state_kms_key_arn must be a key in the region of the state's bucket, {region}, got one in {got}"
    # Terraform would work with the permissions of that role, in a plan too.
    yield from _exclusive(settings, "github_roles", ("assume_role_arn",))


def _arns(settings: Settings) -> Iterator[str]:
    state = {"state_kms_key_arn", "state_role_arn"}
    bucket, stage = partition_of(settings.state_bucket_region).name, partition_of(settings.region).name
    yield from foreign_arns(settings.model_dump(include=state), partition=bucket)
    yield from foreign_arns(settings.model_dump(exclude=state | {"airflow_config", "tags"}), partition=stage)


def _network(settings: Settings) -> Iterator[str]:
    yield from _exclusive(
        settings,
        "existing_network",
        ("vpc_cidr", "availability_zones", "nat", "additional_endpoints", "endpoint_accounts"),
    )
    if network := settings.existing_network:
        if not (network.public_subnet_ids or settings.internal):
            yield "existing_network needs public_subnet_ids for the load balancer; add them, or set internal = True"
        if len(network.private_subnet_ids) == 1 and not settings.existing_database:
            yield (
                "existing_network needs private_subnet_ids in two zones for RDS, got one subnet; add one, or set"
                " existing_database"
            )
    yield from _endpoints(settings)


def _endpoints(settings: Settings) -> Iterator[str]:
    if settings.nat == "none" and partition_of(settings.region).name == "aws-cn":
        yield (
            f"nat = 'none' is not supported in regions in China, got region {settings.region!r}; set"
            " existing_network to a network that has the VPC endpoints"
        )
    for option in ("additional_endpoints", "endpoint_accounts"):
        if getattr(settings, option) and settings.nat != "none":
            yield f"{option} needs nat = 'none', got nat = {settings.nat!r}; remove {option}, or set nat"
    for service in settings.endpoint_services:
        if ".amazonaws." in service:
            yield f"additional_endpoints must be in the stage's region, {settings.region}, got {service!r}"
    if "s3" in settings.endpoint_services:
        yield (
            "additional_endpoints must not contain 's3'; remove it, because every network has a gateway endpoint for S3"
        )


def _database(settings: Settings) -> Iterator[str]:
    made = [name for name in type(settings).model_fields if name.startswith("database_")]
    yield from _exclusive(settings, "existing_database", tuple(made))
    storage, maximum = settings.database_storage_gib, settings.database_max_storage_gib
    # AWS: "Managing capacity automatically with Amazon RDS storage autoscaling".
    if maximum != storage and maximum * 10 < storage * 11:
        yield (
            f"database_max_storage_gib must be equal to database_storage_gib, {storage}, or 10 % more than that,"
            f" {-(-storage * 11 // 10)}, or higher, got {maximum}; if they are equal, RDS does not grow the storage"
        )
    if settings.existing_database and "database" in settings.key_versions.model_fields_set:
        yield "key_versions.database is not allowed with existing_database; rotate the secret of that database instead"


def _topology(settings: Settings) -> Iterator[str]:
    if settings.topology == "split":
        compact = [name for name in type(settings).model_fields if name.startswith("compact_")]
        for name in compact:
            if name in settings.model_fields_set:
                yield (
                    f"{name} needs topology = 'compact', got topology = 'split'; remove it, or use"
                    " processes and worker_pools"
                )
        yield from _sizes(settings)
        yield from _counts(settings)
        return
    processes = compact_task(settings)
    for process in processes:
        own = settings.process(process.name).model_fields_set - {"environment", "permissions", "secrets"}
        if own:
            remedy = f"add worker_pools.{DEFAULT_QUEUE} or " if process.name == WORKER.name else ""
            yield (
                f"processes.{process.name}.{min(own)} needs topology = 'split', got topology = 'compact'; {remedy}use"
                " compact_size and compact_capacity"
            )
    for key, got, minimum in (
        ("cpu", settings.compact_size.cpu, sum(each.min_cpu for each in processes)),
        ("memory_mib", settings.compact_size.memory_mib, sum(each.min_memory_mib for each in processes)),
    ):
        if got < minimum:
            yield f"compact_size.{key} must be {minimum} or more, which its {len(processes)} containers need, got {got}"


def _worker_pools(settings: Settings) -> Iterator[str]:
    yield from wrong_names(settings.worker_pools, settings.stage)
    if settings.topology == "split" and DEFAULT_QUEUE not in settings.worker_pools:
        pools = ", ".join(settings.worker_pools) or "none"
        yield (
            f"worker_pools must contain a pool {DEFAULT_QUEUE!r} if topology = 'split', for tasks whose DAG names no"
            f" queue, got {pools}"
        )
    if not settings.has_compact_worker:
        for key, is_set in (
            ("compact_worker_slots", "compact_worker_slots" in settings.model_fields_set),
            ("processes.worker", WORKER.name in settings.processes),
        ):
            if is_set:
                yield (
                    f"{key} is for the worker inside the compact task, and this stage has none; set it in"
                    f" worker_pools.{DEFAULT_QUEUE}"
                )


def _sizes(settings: Settings) -> Iterator[str]:
    for process in CORE_PROCESSES:
        if size := settings.process(process.name).size:
            for key in ("cpu", "memory_mib"):
                minimum = sum(getattr(each, f"min_{key}") for each in own_task(process))
                if (got := getattr(size, key)) < minimum:
                    yield (
                        f"processes.{process.name}.size.{key} must be {minimum} or more, which the"
                        f" process needs, got {got}"
                    )


def _counts(settings: Settings) -> Iterator[str]:
    for process in CORE_PROCESSES:
        own = settings.process(process.name)
        if own.max_count and not process.scales:
            yield (
                f"processes.{process.name}.max_count is only for api-server and triggerer,"
                f" got {own.max_count}; use count"
            )
        if own.max_count and own.max_count < own.count:
            yield (
                f"processes.{process.name}.max_count must be equal to count, {own.count}, or"
                f" higher, got {own.max_count}"
            )


def _capacity(settings: Settings) -> Iterator[str]:
    own = settings.architecture
    capacities = {
        "compact_capacity": (settings.compact_capacity, own),
        **{f"processes.{each.name}.capacity": (settings.process(each.name).capacity, own) for each in PROCESSES},
        **{
            f"worker_pools.{name}.capacity": (pool.capacity, pool.architecture or own)
            for name, pool in settings.worker_pools.items()
        },
    }
    for key, (capacity, architecture) in capacities.items():
        try:
            check_stage_capacity(capacity, architecture=architecture, ec2_architecture=settings.ec2_architecture)
        except ValueError as error:
            yield f"{key} {error}"


def _interruption(settings: Settings) -> Iterator[str]:
    if uses_spot(settings.compact_capacity) and not settings.compact_accept_interruption:
        yield (
            "compact_capacity on Spot lets AWS stop the api-server and the scheduler with two minutes' notice;"
            " set compact_accept_interruption = True to accept that, or use 'FARGATE'"
        )
    for name in (process.name for process in PROCESSES if not process.interruptible):
        own = settings.process(name)
        if uses_spot(own.capacity) and not own.accept_interruption:
            yield (
                f"processes.{name}.capacity on Spot lets AWS stop the {name} with two minutes' notice; set"
                f" processes.{name}.accept_interruption = True to accept that, or use 'FARGATE'"
            )


def _images(settings: Settings) -> Iterator[str]:
    images = [settings.image_registry, settings.airflow_image, *settings.task_images.values()]
    hosts = {image.partition("/")[0] for image in images if image}
    for host in settings.registry_credentials:
        if host not in hosts:
            yield f"registry_credentials.{host} has no effect, because the stage's images {_from(hosts)}; remove it"


def _from(hosts: set[str]) -> str:
    return f"come from {', '.join(sorted(hosts))}" if hosts else "are built by its deployment"


def lasting_values(settings: Settings) -> dict[str, str]:
    """
    Return the values, by setting, that must not change while a stage is live, because data would be lost.

    RDS cannot move an instance to another VPC, and EFS no mount target ("ModifyDBSubnetGroup", "CreateMountTarget").
    """
    network, database = settings.existing_network, settings.existing_database
    values = {
        "region": settings.region,
        "existing_network": network.vpc_id if network else "a network of its own",
        "existing_database": "an existing database" if database else "a database of its own",
    }
    return values if network else {**values, "vpc_cidr": settings.vpc_cidr}
