"""Every text that a user can write: found by walking the models, and tried with text that programs like to evaluate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_settings import TaskSettings
from constructs_lib.shared.bad_input import BadInputError

ACCOUNT = "arn:aws:iam::123456789012"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:team/db-a1B2c3"
KEY = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
PERMISSION = {"actions": ("s3:GetObject",), "resources": ("arn:aws:s3:::team/*",)}
VARIABLES = {"environment": {"PLACE": "here"}, "secrets": {"LICENCE": "team/licence:key"}}

NASTY = (
    " ${LEVEL:-info}",
    " %{ for each in [1, 2] }t%{ endfor }",
    " $${x} %%{x} $$ %% $",
    "${aws:username}",
    "${x}%{y}$${z}",
    " \"quoted\" \\ \\u0024{x} 'single' `id` $(id) ; & | < >",
    "\n\ttwo lines\r\n",
    "é",
    " 中 😀 \u2028 e\u0301",
    " {{ ds }} #{x} &{x}",
    " ${",
)
"""Templates of Terraform, and what escapes them; quotes, white space, Unicode; what shells and other engines read."""

# Those that exclude each other need a stage each.
STAGES: tuple[Mapping[str, Any], ...] = (
    {
        "stage": "theirs",
        "region": "us-east-1",
        "state_bucket": "team-state",
        "state_region": "eu-central-1",
        "state_key_prefix": "team/",
        "state_kms_key_arn": "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        "state_role_arn": f"{ACCOUNT}:role/state",
        "allowed_account_ids": ("123456789012",),
        "permissions_boundary_arn": f"{ACCOUNT}:policy/boundary",
        "role_path": "/teams/data/",
        "tags": {"Team": "data"},
        "ignore_tags": {"keys": ("CostCenter",), "key_prefixes": ("org-",)},
        "github_roles": {
            "repository": "team/airflow",
            "branch": "main",
            "environment": "prod",
            "permissions_boundary_arn": f"{ACCOUNT}:policy/boundary",
        },
        "existing_network": {
            "vpc_id": "vpc-0a1b2c3d",
            "private_subnet_ids": ("subnet-0a", "subnet-0b"),
            "public_subnet_ids": ("subnet-1a", "subnet-1b"),
        },
        "existing_database": {
            "host": "db.example.com",
            "name": "airflow",
            "secret_arn": SECRET,
            "username_key": "username",
            "password_key": "password",
            "security_group_id": "sg-0a1b2c3d",
        },
        "ec2_capacity": {"instance_type": "m7i.large", "max_instances": 2},
        "worker_pools": {"heavy": {"permissions": (PERMISSION,), **VARIABLES}},
        "processes": {"scheduler": {"permissions": (PERMISSION,), **VARIABLES}},
        "dags": {
            "team": {"bucket": "team-dags", "prefix": "dags", "kms_key_arn": KEY},
            "other": {"url": "https://git.example.com/dags", "ref": "main", "folder": "airflow", "secret": "team/git"},
        },
        "airflow_config": {"logging": {"log_format": "%(message)s"}},
        **VARIABLES,
        "task_images": {"number_task": "registry.example.com/team/numbers:1"},
        "registry_credentials": {"registry.example.com": "team/registry"},
        "allowed_cidrs": ("203.0.113.0/24",),
        "listener_protocol": "TLS",
        "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b",
        "domain_name": "airflow.example.com",
        "hosted_zone_id": "Z0123456789",
    },
    {
        "stage": "ours",
        "aws_provider_version": "6.69.1",
        "assume_role_arn": f"{ACCOUNT}:role/deploy",
        "queue_administrator_arns": (f"{ACCOUNT}:role/admin",),
        "vpc_cidr": "10.0.0.0/16",
        "nat": "none",
        "additional_endpoints": ("kms",),
        "endpoint_accounts": ("123456789012",),
        "database_instance_class": "db.t4g.small",
        "airflow_image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/airflow:1",
        "image_registry": "123456789012.dkr.ecr.us-east-1.amazonaws.com/team",
    },
    {
        "stage": "paused",
        "dags": {"bucket": "team-dags", "prefix": "dags", "kms_key_arn": KEY},
        "pause_schedule": {"pause": "cron(0 20 * * ? *)", "resume": "cron(0 6 * * ? *)", "time_zone": "UTC"},
    },
    {
        "stage": "named",
        "dags": {"url": "https://git.example.com/dags", "ref": "main", "folder": "airflow", "secret": "team/git"},
        "existing_database": {"host": "db.example.com", "secret_name": "team/db", "security_group_id": "sg-0a1b2c3d"},
    },
)
TASK: Mapping[str, Any] = {
    "command": ("sh", "-c", "python main.py"),
    "shared_volume": "/data",
    **VARIABLES,
    "permissions": (PERMISSION,),
    "additional_folders": ("dags",),
}

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """A text in the values of a model: the way to it, whether it is a key, and its field, as `fields_of` names it."""

    path: Path
    is_key: bool
    field: str


def fields_of(model: type[BaseModel]) -> set[str]:
    """Return the fields of *model*, and of what is in it, that take text which is not one of a few words."""
    return {found for name, field in model.model_fields.items() for found in _texts(field.annotation, name)}


def _texts(annotation: object, name: str) -> Iterator[str]:
    arguments = get_args(annotation)
    if annotation is str:
        yield name
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from (f"{name}.{field}" for field in fields_of(annotation))
    elif isinstance(origin := get_origin(annotation), type) and issubclass(origin, Mapping):
        yield from _texts(arguments[0], f"{name} key")
        yield from _texts(arguments[1], f"{name}.*")
    elif str(origin) != "typing.Literal":
        yield from (found for argument in arguments for found in _texts(argument, name))


def places(model: BaseModel) -> Iterator[Place]:
    """Yield each text in the values of *model*."""
    for name in model.model_fields_set:
        yield from _places(getattr(model, name), (name,), name)


def _places(value: object, path: Path, field: str) -> Iterator[Place]:
    match value:
        case str():
            yield Place(path, is_key=False, field=field)
        case BaseModel():
            for each in places(value):
                yield Place((*path, *each.path), each.is_key, f"{field}.{each.field}")
        case Mapping():
            for key, each in value.items():
                yield Place((*path, key), is_key=True, field=f"{field} key")
                yield from _places(each, (*path, key), f"{field}.*")
        case tuple():
            for index, each in enumerate(value):
                yield from _places(each, (*path, index), field)


def text_at(values: Any, place: Place) -> str:  # noqa: ANN401 as settings are
    """Return the text at *place*."""
    for step in place.path:
        values = step if place.is_key and step == place.path[-1] else values[step]
    return str(values)


def with_text(values: Any, place: Place, text: str) -> Any:  # noqa: ANN401 as settings are
    """Return *values* with *text* at *place*."""
    return _replaced(values, place.path, text, is_key=place.is_key)


def _replaced(values: Any, path: Path, text: str, *, is_key: bool) -> Any:  # noqa: ANN401 as settings are
    if not path:
        return text
    step, *rest = path
    if isinstance(values, tuple):
        return tuple(
            _replaced(each, tuple(rest), text, is_key=is_key) if index == step else each
            for index, each in enumerate(values)
        )
    if is_key and not rest:
        return {text if key == step else key: each for key, each in values.items()}
    return {
        key: _replaced(each, tuple(rest), text, is_key=is_key) if key == step else each for key, each in values.items()
    }


def refusal_of(model: type[BaseModel], values: Mapping[str, Any]) -> str | None:
    """Return why *model* refuses *values*; None: it takes them."""
    try:
        model(**values)
    except (ValidationError, BadInputError) as error:
        return str(error)
    return None


def accepted(model: type[BaseModel], values: Mapping[str, Any], place: Place) -> str:
    """Return the text at *place* with as much of `NASTY` behind it as *model* takes there."""
    text = text_at(values, place)
    for nasty in NASTY:
        if refusal_of(model, with_text(values, place, text + nasty)) is None:
            text += nasty
    return text


@dataclass(frozen=True)
class Tried:
    """Values of a model with as much nasty text as it takes, and the texts in them that are nasty, by their field."""

    values: dict[str, Any]
    texts: dict[str, str]


def tried(model: type[BaseModel], values: Mapping[str, Any]) -> Tried:
    """Return *values* with nasty text at every place that takes some."""
    changed, texts = dict(values), {}
    # Keys last: a changed key would hide the values below it.
    for place in sorted(places(model(**values)), key=lambda each: (each.is_key, -len(each.path))):
        text = accepted(model, changed, place)
        if text != text_at(values, place):
            changed = with_text(changed, place, text)
            texts[place.field] = text
    return Tried(changed, texts)


MODELS: tuple[tuple[type[BaseModel], Mapping[str, Any]], ...] = (
    *((Settings, values) for values in STAGES),
    (TaskSettings, TASK),
)
