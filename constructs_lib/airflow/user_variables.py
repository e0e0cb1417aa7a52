"""What a user gives to one of Airflow's containers, beside what the stack sets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from constructs_lib.storage.secret import SecretReference

PROXIES = ("http_proxy", "https_proxy", "all_proxy")
DIRECT = (
    *("localhost", "127.0.0.1"),
    # ECS's agent, which has the credentials of the role, and the metadata of an instance.
    *("169.254.170.2", "169.254.169.254"),
)
"""Hosts that no proxy reaches in the container's place."""


def names_proxy(variables: Iterable[str]) -> bool:
    """Return whether one of *variables* names a proxy; programs differ in whether they read capital letters."""
    return any(each.lower() in PROXIES for each in variables)


@dataclass(frozen=True, kw_only=True)
class UserVariables:
    """The variables with a value, and those with the value of a secret."""

    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretReference] = field(default_factory=dict)

    def with_own(self, own: UserVariables) -> UserVariables:
        """Return these with those of one process, which come before them."""
        return UserVariables(
            environment={key: value for key, value in self.environment.items() if key not in own.secrets}
            | dict(own.environment),
            secrets={key: value for key, value in self.secrets.items() if key not in own.environment}
            | dict(own.secrets),
        )

    def with_direct_hosts(self, hosts: Sequence[str]) -> UserVariables:
        """Return these so that *hosts* are reached without the proxy, if they name one."""
        if not names_proxy([*self.environment, *self.secrets]):
            return self
        variables = self.environment
        own = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
        all_hosts = [each.strip() for each in own.split(",") if each.strip()] + [*DIRECT, *hosts]
        text = ",".join(dict.fromkeys(all_hosts))
        return replace(self, environment={**variables, "NO_PROXY": text, "no_proxy": text})
