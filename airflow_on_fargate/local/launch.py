"""Turn a container definition into a command with its environment, as ECS's agent does."""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from airflow_on_fargate.local.access_keys import owner_key
from airflow_on_fargate.local.credentials import agent_uri, client, credentials_environment
from airflow_on_fargate.local.proxies import proxies
from airflow_on_fargate.local.state import State

INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TZ", "TMPDIR", "DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH")
TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO")
"""Variables that a process gets from this machine: the path of programs, and certificates."""
SECRET_ARN = re.compile(
    r"(?P<arn>arn:[^:]+:secretsmanager:[^:]+:\d+:secret:[^:]+)(:(?P<key>[^:]*):(?P<stage>[^:]*):(?P<version>[^:]*))?"
)

PATH = re.compile(r"(?<![\w./-])(?:/[\w.-]+)+")
"""An absolute path in a text."""


class CannotStartError(Exception):
    """Report why a container did not start, in the words of ECS's `stoppedReason`."""


@dataclass(frozen=True, kw_only=True)
class Agent:
    """The settings of all containers: the AWS endpoint, and whether they run in Docker."""

    state: State
    endpoint: str
    region: str
    containers: bool

    def client(self, service: str, role_arn: str | None = None) -> Any:  # noqa: ANN401 boto3 creates its classes at run time
        """Return a client with the credentials of the role, or of the account's owner."""
        key = owner_key(self.state)
        return client(service, key=key, endpoint=self.endpoint, region=self.region, role_arn=role_arn)


@dataclass(frozen=True)
class Launch:
    """A command to run; `name` is the name of the container in Docker, None for a process."""

    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container of a registered task definition, with the overrides of RunTask."""

    definition: Mapping[str, Any]
    task_role_arn: str | None
    """None if its programs have no credentials."""
    execution_role_arn: str | None
    process: str
    """A unique name of this run."""
    override: Mapping[str, Any] = field(default_factory=dict)
    memory_mib: int | None = None
    """The memory limit; None if there is none."""

    @property
    def command(self) -> list[str]:
        """The command of the override or of the definition; empty for that of the image."""
        return list(self.override.get("command") or self.definition.get("command") or [])


def container_environment(container: Container, agent: Agent) -> dict[str, str]:
    """
    Return the variables that the container gets.

    Raises:
        CannotStartError: a secret cannot be read.

    """
    variables = {
        each["name"]: each["value"]
        for each in [*container.definition.get("environment", []), *container.override.get("environment", [])]
    }
    credentials = credentials_environment(
        agent.state,
        endpoint=agent.endpoint,
        region=agent.region,
        role_arn=container.task_role_arn,
        process=container.process,
    )
    agents = {"ECS_AGENT_URI": agent_uri(agent.state, agent.endpoint, container.process)}
    return {**credentials, **agents, **variables, **_secrets(container, agent)}


def process_launch(
    container: Container,
    agent: Agent,
    *,
    command: Sequence[str],
    folder: Path,
    programs: Path | None = None,
    image_environment: Mapping[str, str] | None = None,
    find: Callable[[str], Path | None] = lambda _: None,
) -> Launch:
    """
    Return how *command* runs as a process in *folder*, with *programs* first on its PATH.

    Of the *image_environment*, the variables that the image brings, the container's own come first.

    Paths where volumes are mounted, and those of the image that *find* knows, become those of this machine, in
    variables and in the command.
    """
    inherited = {name: os.environ[name] for name in (*INHERITED, *TRUST) if name in os.environ}
    inherited |= proxies(os.environ)
    if programs:
        inherited["PATH"] = f"{programs}{os.pathsep}{inherited.get('PATH', os.defpath)}"
    variables = {**(image_environment or {}), **container_environment(container, agent)}
    mounts = {
        mount["containerPath"]: agent.state.volumes[mount["sourceVolume"]]
        for mount in container.definition.get("mountPoints", [])
    }

    def here(found: re.Match[str]) -> str:
        path = found[0]
        for mount, volume in mounts.items():
            if f"{path}/".startswith(f"{mount}/"):
                return f"{volume}{path.removeprefix(mount)}"
        return str(find(path) or path)

    variables = {name: PATH.sub(here, value) for name, value in variables.items()}
    return Launch([PATH.sub(here, word) for word in command], inherited | variables, folder)


def _secrets(container: Container, agent: Agent) -> dict[str, str]:
    wanted = container.definition.get("secrets", [])
    if not wanted:
        return {}
    found, texts = {}, dict[tuple[str, ...], str]()
    for each in wanted:
        name, reference = each["name"], each["valueFrom"]
        try:
            found[name] = _value(reference, container.execution_role_arn, agent, texts)
        except (ClientError, KeyError, ValueError) as error:
            msg = (
                f"ResourceInitializationError: the value of {name}, {reference}, cannot be read: {error};"
                f" on this machine, set it in {agent.state.user_secrets}"
            )
            raise CannotStartError(msg) from error
    return found


def _value(reference: str, role_arn: str | None, agent: Agent, texts: dict[tuple[str, ...], str]) -> str:
    if match := SECRET_ARN.fullmatch(reference):
        which = {"SecretId": match["arn"], "VersionStage": match["stage"], "VersionId": match["version"]}
        which = {name: value for name, value in which.items() if value}
        asked = tuple(which.values())
        if asked not in texts:
            manager = agent.client("secretsmanager", role_arn)
            texts[asked] = manager.get_secret_value(**which)["SecretString"]
        return str(json.loads(texts[asked])[match["key"]]) if match["key"] else texts[asked]
    name = reference.partition(":parameter")[2] or reference
    parameters = agent.client("ssm", role_arn)
    value: str = parameters.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    return value
