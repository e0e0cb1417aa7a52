"""
The variables of one container: what the user sets for it, and the stack's environment on top.

In `environment.py` is what the stack sets.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from constructs_lib.airflow.environment import environment, secrets
from constructs_lib.settings.airflow_config import with_airflow_config
from constructs_lib.settings.processes import AUTOSCALER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from constructs_lib.airflow.environment import AirflowEnvironment
    from constructs_lib.settings.airflow_config import AirflowConfig
    from constructs_lib.storage.secret import SecretReference

PROXIES = ("http_proxy", "https_proxy", "all_proxy")
DIRECT = (
    *("localhost", "127.0.0.1"),
    # ECS's agent, which has the credentials of the role, and the metadata of an instance.
    *("169.254.170.2", "169.254.169.254"),
)
"""Hosts that a proxy cannot reach for the container."""


def names_proxy(variables: Iterable[str]) -> bool:
    """Return whether one of *variables* names a proxy; programs differ in whether they read capital letters."""
    return any(each.lower() in PROXIES for each in variables)


@dataclass(frozen=True, kw_only=True)
class UserVariables:
    """The user's variables with a value, and those with the value of a secret."""

    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretReference] = field(default_factory=dict)

    def with_own(self, own: UserVariables) -> UserVariables:
        """Return these with *own*, the variables of one process, which override them."""
        return UserVariables(
            environment={key: value for key, value in self.environment.items() if key not in own.secrets}
            | dict(own.environment),
            secrets={key: value for key, value in self.secrets.items() if key not in own.environment}
            | dict(own.secrets),
        )

    def with_direct_hosts(self, hosts: Sequence[str]) -> UserVariables:
        """Return these with *hosts* reached without the proxy, if they name one."""
        if not names_proxy([*self.environment, *self.secrets]):
            return self
        variables = self.environment
        own = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
        all_hosts = [each.strip() for each in own.split(",") if each.strip()] + [*DIRECT, *hosts]
        text = ",".join(dict.fromkeys(all_hosts))
        return replace(self, environment={**variables, "NO_PROXY": text, "no_proxy": text})


@dataclass(frozen=True, kw_only=True)
class ContainerVariables:
    """
    The variables of the containers of one service.

    `references` are the secrets by the logical names that `environment.secrets` uses. `own` are the user's variables by
    container; a container without has `user`.
    """

    environment: AirflowEnvironment
    airflow_config: AirflowConfig
    references: Mapping[str, SecretReference]
    user: UserVariables
    own: Mapping[str, UserVariables]
    direct_hosts: Sequence[str]

    def environment_of(self, container: str) -> Mapping[str, str]:
        """Return the variables with a value: the user's options of Airflow override the stack's, nothing else does."""
        config = {} if container == AUTOSCALER.name else self.airflow_config
        stack = with_airflow_config(environment(container, self.environment), config)
        return {**self._user_variables(container).environment, **stack}

    def secrets_of(self, container: str) -> Mapping[str, SecretReference]:
        """Return the variables with the value of a secret."""
        stack = {variable: self.references[key] for variable, key in secrets(container).items()}
        return {**self._user_variables(container).secrets, **stack}

    def _user_variables(self, container: str) -> UserVariables:
        own = self.own.get(container)
        variables = self.user.with_own(own) if own else self.user
        return variables.with_direct_hosts(self.direct_hosts)
