"""The proxies of this machine."""

from collections.abc import Mapping

from airflow_on_fargate.local.ports import HOST

NAMES = ("http_proxy", "https_proxy", "all_proxy")
HERE = (HOST, "localhost")


def proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """
    Return the variables of *environment* that name proxies, and those that exclude this machine.

    Without a proxy there are none. Some programs read names in upper case, and others in lower case.
    """
    names = [name for small in NAMES for name in (small, small.upper()) if environment.get(name)]
    if not names:
        return {}
    without = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = [host for host in (each.strip() for each in without.split(",")) if host]
    hosts += [host for host in HERE if host not in hosts]
    return {name: environment[name] for name in names} | dict.fromkeys(("no_proxy", "NO_PROXY"), ",".join(hosts))
