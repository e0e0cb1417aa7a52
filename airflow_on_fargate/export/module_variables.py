"""Which variables a module has, and the limits that two of them share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_on_fargate.export.inputs import Input, Path, value_at
from airflow_on_fargate.export.module_images import ECR_IMAGE, ModuleImage, ModuleImages
from airflow_on_fargate.export.variable import REQUIRED, Condition, Variable, conditions, meaning, quoted, type_of
from constructs_lib.settings.processes import PROCESSES, compact_task, own_task, worker_process
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.tags import SERVICE_TAG
from constructs_lib.settings.values import ImageUri
from constructs_lib.shared.capacity import MEMORY_MIB
from constructs_lib.shared.ecs import TAG_KEY, TAG_VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EXAMPLE_REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
MAX_STAGE_LENGTH = 13
"""The limit of the names of other resources (`Stage`)."""
OWN_TAGS = ("Stack", "ManagedBy")


def variables_of(
    settings: Settings, inputs: Sequence[Input], images: ModuleImages, *, name_limit: int
) -> list[Variable]:
    """Return the variables for *inputs*, tags, networks and images; *name_limit* is that of the stage's name."""
    stage, *others = (_of_setting(settings, each, name_limit) for each in inputs)
    return [stage, _tags(settings), _allowed_cidrs(settings), *_of_images(images), *others]


def _of_setting(settings: Settings, each: Input, name_limit: int) -> Variable:
    owner = value_at(settings, each.path[:-1])
    field = type(owner).model_fields[each.path[-1]]
    expression = f"var.{each.name}"
    limits = [
        *conditions(field.annotation, field.metadata, expression=expression, value=each.value),
        *_shared_limits(settings, each, name_limit),
    ]
    return Variable(each.name, type_of(each.value), _description(type(owner), each.path), each.value, limits)


def _description(model: Any, path: Path) -> str:  # noqa: ANN401 any model of settings
    text = meaning(model, path[-1])
    owner = {"processes": "Process", "worker_pools": "Worker pool"}.get(path[0])
    return f"{owner} {path[1]}: {text}" if owner else text


def _shared_limits(settings: Settings, each: Input, name_limit: int) -> Iterator[Condition]:
    """Yield the limits that depend on other variables or settings (`constructs_lib/settings/rules.py`)."""
    variable = f"var.{each.name}"
    *owner, name = each.path
    match name:
        case "stage" if name_limit < MAX_STAGE_LENGTH:
            allowed = f"{name_limit} characters or fewer, because the names of roles contain it"
            yield Condition(f"length({variable}) <= {name_limit}", allowed)
        case "database_max_storage_gib":
            storage = "var.database_storage_gib"
            yield Condition(
                f"{variable} == {storage} || {variable} * 10 >= {storage} * 11",
                "equal to database_storage_gib, or 10 % more than that, or higher",
            )
        case "private_subnet_ids" | "public_subnet_ids":
            yield Condition(
                f"length(distinct({variable})) == {len(each.value)} && length({variable}) == {len(each.value)}",
                f"a list of {len(each.value)} different subnets, as many as the stage had when this module was written",
            )
        case "max":
            lower = Input((*owner, "min"), 0, 0).name
            yield Condition(f"{variable} >= var.{lower}", f"{lower} or higher")
        case "max_count":
            lower = Input((*owner, "count"), 0, 0).name
            yield Condition(f"{variable} >= var.{lower}", f"{lower} or higher")
        case "cpu":
            yield from _cpu(settings, tuple(owner), variable)
        case "memory_mib":
            yield from _memory(settings, tuple(owner), variable)


def _cpu(settings: Settings, owner: Path, variable: str) -> Iterator[Condition]:
    minimum = sum(each.min_cpu for each in _containers(settings, owner))
    yield Condition(f"{variable} >= {minimum}", f"{minimum} or higher, which the containers of the task need")
    if _capacity(settings, owner) != "EC2":
        sizes = ", ".join(map(str, MEMORY_MIB))
        yield Condition(f"contains([{sizes}], {variable})", f"a number of CPU units that Fargate offers: {sizes}")


def _memory(settings: Settings, owner: Path, variable: str) -> Iterator[Condition]:
    minimum = sum(each.min_memory_mib for each in _containers(settings, owner))
    yield Condition(f"{variable} >= {minimum}", f"{minimum} or higher, which the containers of the task need")
    if _capacity(settings, owner) != "EC2":
        cpu = f"var.{Input((*owner, 'cpu'), 0, 0).name}"
        sizes = ", ".join(f'"{cpu_}" = [{", ".join(map(str, memory))}]' for cpu_, memory in MEMORY_MIB.items())
        yield Condition(
            f"try(contains({{ {sizes} }}[tostring({cpu})], {variable}), false)",
            "a number of MiB that Fargate offers for the cpu",
        )


def _containers(settings: Settings, owner: Path) -> list[Any]:
    match owner:
        case ("processes", name, _):
            return own_task(next(each for each in PROCESSES if each.name == name))
        case ("worker_pools", name, _):
            return [worker_process(name, settings.worker_pools[name].slots)]
    return compact_task(settings)


def _capacity(settings: Settings, owner: Path) -> object:
    match owner:
        case ("processes", name, _):
            return settings.process(name).capacity
        case ("worker_pools", name, _):
            return settings.worker_pools[name].capacity
    return settings.compact_capacity


def _tags(settings: Settings) -> Variable:
    keys = ", ".join(quoted(each.lower()) for each in (*OWN_TAGS, SERVICE_TAG))
    key, value = (quoted(f"^(?:{_unicode(each)})$") for each in (TAG_KEY, TAG_VALUE))
    is_tag = (
        f"can(regex({key}, key)) && can(regex({value}, value))"
        f' && !startswith(lower(key), "aws:") && !contains([{keys}], lower(key))'
    )
    return Variable(
        "tags",
        "map(string)",
        meaning(Settings, "tags"),
        settings.tags,
        [
            Condition(
                f"length(var.tags) <= 40 && alltrue([for key, value in var.tags : {is_tag}])",
                f"up to 40 tags of AWS, without {', '.join((*OWN_TAGS, SERVICE_TAG))}, which the module sets",
            )
        ],
    )


def _unicode(pattern: str) -> str:
    r"""Return *pattern* with the letters of all languages: `\w` is a letter of English in RE2."""
    return pattern.replace(r"\w", r"\p{L}\p{N}_")


def _allowed_cidrs(settings: Settings) -> Variable:
    field = Settings.model_fields["allowed_cidrs"]
    limits = conditions(field.annotation, field.metadata, expression="var.allowed_cidrs", value=settings.allowed_cidrs)
    return Variable(
        "allowed_cidrs", "list(string)", meaning(Settings, "allowed_cidrs"), settings.allowed_cidrs, list(limits)
    )


def _of_images(images: ModuleImages) -> Iterator[Variable]:
    airflow, *tasks = images.images
    yield Variable(
        "airflow_image",
        "string",
        "Image of Airflow.",
        airflow.value or REQUIRED,
        _image(airflow.expression, airflow.host),
        example=_example(airflow),
    )
    if tasks:
        values = {each.name: each.value for each in tasks}
        yield Variable(
            "task_images",
            f"object({{ {', '.join(f'{name} = string' for name in values)} }})",
            "Image of each task.",
            values if all(values.values()) else REQUIRED,
            [limit for each in tasks for limit in _image(each.expression, each.host)],
            example={each.name: each.value or _example(each) for each in tasks},
        )


def _example(image: ModuleImage) -> str:
    return f"{image.host or EXAMPLE_REGISTRY}/{image.name}:1"


def _image(expression: str, host: str | None) -> list[Condition]:
    """Return the limits of an image. Its registry decides on permissions and logins, which are not variables."""
    limits = list(conditions(ImageUri, (), expression=expression, value=""))
    if host:
        return [
            *limits,
            Condition(f"startswith({expression}, {quoted(f'{host}/')})", f"an image in the registry {host}"),
        ]
    return [
        *limits,
        Condition(f"can(regex({quoted(ECR_IMAGE)}, {expression}))", "an image in a private registry of ECR"),
    ]
