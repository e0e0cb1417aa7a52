"""
The settings of a stage that are variables of its module.

A setting is one if its value only lands in arguments. One that decides which resources there are is not.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_on_fargate.export.replacement import Replacement
from constructs_lib.network.subnets import word_of
from constructs_lib.settings.capacity import TaskSize
from constructs_lib.settings.processes import CORE_PROCESSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_on_fargate.export.probes import Probes
    from constructs_lib.settings.settings import Settings

Path = tuple[str, ...]
SETTINGS: tuple[Path, ...] = (
    ("stage",),
    ("vpc_cidr",),
    ("existing_network", "vpc_id"),
    ("existing_network", "private_subnet_ids"),
    ("existing_network", "public_subnet_ids"),
    ("permissions_boundary_arn",),
    ("log_retention_days",),
    ("domain_name",),
    ("hosted_zone_id",),
    ("certificate_arn",),
    ("database_instance_class",),
    ("database_storage_gib",),
    ("database_max_storage_gib",),
    ("database_backup_retention_days",),
    ("existing_database", "host"),
    ("existing_database", "port"),
    ("existing_database", "name"),
    ("existing_database", "secret_arn"),
    ("existing_database", "secret_name"),
    ("existing_database", "security_group_id"),
    ("ec2_capacity", "max_instances"),
    ("ec2_capacity", "root_volume_gib"),
    ("compact_size", "cpu"),
    ("compact_size", "memory_mib"),
    ("key_versions", "fernet"),
    ("key_versions", "jwt"),
    ("key_versions", "api"),
    ("key_versions", "admin"),
    ("key_versions", "database"),
)
PROCESS: tuple[Path, ...] = (("count",), ("max_count",), ("size", "cpu"), ("size", "memory_mib"))
POOL: tuple[Path, ...] = (
    ("min",),
    ("max",),
    ("size", "cpu"),
    ("size", "memory_mib"),
    ("scale_in_after_min",),
    ("scale_in_cooldown_sec",),
    ("scale_out_cooldown_sec",),
)


@dataclass(frozen=True)
class Input:
    """The setting at *path*: its *value*, and the *probe* that the stage is composed with instead."""

    path: Path
    value: Any
    probe: Any

    @property
    def name(self) -> str:
        """The name of the variable."""
        return "_".join(self.path).replace("-", "_")

    def replacements(self) -> Iterator[Replacement]:
        """Yield what stands for the probe in the module."""
        variable = f"var.{self.name}"
        if self.path == ("vpc_cidr",):
            yield from _network(self.probe, self.value)
        elif isinstance(self.probe, tuple):
            for index, (probe, value) in enumerate(zip(self.probe, self.value, strict=True)):
                yield Replacement(probe, f"{variable}[{index}]", value)
                yield Replacement(word_of(probe), f"_{'abcdefghijklmnop'[index]}", word_of(value), is_word=True)
        else:
            yield Replacement(self.probe, variable, self.value)
        if isinstance(self.probe, str) and (account := _account(self.probe)):
            # Policies name the accounts that the stage reaches.
            yield Replacement(account, f'split(":", {variable})[4]', _account(self.value))
        if self.path == ("existing_database", "port"):
            # The addresses of the rules for a port end with it.
            yield Replacement(f"_{self.probe}", "_port", f"_{self.value}", is_word=True)


def with_sizes(settings: Settings) -> Settings:
    """Return the *settings* with the size of each process, also where it is the default."""
    if settings.topology == "compact":
        return settings
    processes = {
        process.name: own.model_copy(
            update={"size": own.size or TaskSize(cpu=process.cpu, memory_mib=process.memory_mib)}
        )
        for process in CORE_PROCESSES
        for own in [settings.process(process.name)]
    }
    return settings.model_copy(update={"processes": {**settings.processes, **processes}})


def inputs_of(settings: Settings, probes: Probes) -> list[Input]:
    """Return the inputs of *settings*, which have all sizes, those that have a value."""
    processes = [] if settings.topology == "compact" else [each.name for each in CORE_PROCESSES]
    paths = [
        *SETTINGS,
        *(("processes", name, *path) for name in processes for path in PROCESS),
        *(("worker_pools", name, *path) for name in settings.worker_pools for path in POOL),
    ]
    return [
        Input(path, value, _probe(path, value, probes))
        for path in paths
        if (value := value_at(settings, path)) is not None
    ]


def value_at(model: Any, path: Path) -> Any:  # noqa: ANN401 any value of a setting
    """Return the value at *path* in *model*, or None."""
    for name in path:
        model = model.get(name) if isinstance(model, dict) else getattr(model, name)
        if model is None:
            return None
    return model


def with_probes(settings: Settings, inputs: list[Input]) -> Settings:
    """Return *settings* with the probes of *inputs*, of which nothing checks whether they fit."""
    for each in inputs:
        settings = changed(settings, each.path, each.probe)
    return settings


def changed(model: Any, path: Path, value: object) -> Any:  # noqa: ANN401 any model of settings
    """Return *model* with *value* at *path*."""
    name, *rest = path
    if isinstance(model, dict):
        return {**model, name: changed(model[name], tuple(rest), value)}
    return model.model_copy(update={name: changed(getattr(model, name), tuple(rest), value) if rest else value})


def _probe(path: Path, value: object, probes: Probes) -> object:
    if path == ("vpc_cidr",):
        return probes.network(ipaddress.IPv4Network(str(value)).prefixlen)
    match value:
        case int():
            return probes.count() if path[0] == "worker_pools" and path[-1] in ("min", "max") else probes.number()
        case tuple():
            return tuple(probes.word() for _ in value)
        case _ if str(value).startswith("arn:"):
            # Account and region are read from an ARN. That of a secret ends with six random characters.
            arn = f"{str(value)[: max(str(value).rfind(each) for each in ':/') + 1]}{probes.word()}-a1B2c3"
            account = _account(arn)
            return arn.replace(f":{account}:", f":{probes.account_of(account)}:", 1) if account else arn
    return probes.word()


def _account(arn: str) -> str:
    """Return the account in *arn*, or "": the ARN of what AWS itself owns has none, and other texts are no ARNs."""
    found = re.match(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):", arn)
    return found[1] if found else ""


def _network(probe: str, value: str) -> Iterator[Replacement]:
    """Yield the VPC's addresses, and those of each subnet, which is a part of them."""
    yield Replacement(probe, "var.vpc_cidr", value)
    own, others = ipaddress.IPv4Network(value), ipaddress.IPv4Network(probe)
    for bits in (2, 5):
        for index, (subnet, other) in enumerate(
            zip(own.subnets(prefixlen_diff=bits), others.subnets(prefixlen_diff=bits), strict=True)
        ):
            yield Replacement(str(other), f"cidrsubnet(var.vpc_cidr, {bits}, {index})", str(subnet))
