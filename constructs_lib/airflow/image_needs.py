"""What options of Airflow need of its image: Python packages, files, and a host that collects what Airflow sends."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from constructs_lib.settings.airflow_options import MODULES
from constructs_lib.settings.dag_bundles import dag_bundles
from constructs_lib.settings.processes import AIRFLOW_HOME
from constructs_lib.shared.bad_input import BadInputError, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from constructs_lib.settings.settings import Settings

SWITCHES: Mapping[str, str] = {
    "metrics.statsd_datadog_enabled": "datadog",
    "metrics.statsd_on": "statsd",
    "profiling.memray_trace_components": "memray",
    "sentry.sentry_on": "sentry-sdk",
}
"""Options that need a package once they are switched on, or have a value."""

VALUES: Mapping[str, Mapping[str, str]] = {
    "common.io.state_store_objectstorage_compression": {"snappy": "python-snappy"},
    "common.io.xcom_objectstorage_compression": {"snappy": "python-snappy"},
    "standard.venv_install_method": {"uv": "uv"},
}
"""Options that need a package for one of their values."""

SECTIONS: Mapping[str, str] = {
    "atlas": "apache-airflow-providers-apache-atlas",
    "hive": "apache-airflow-providers-apache-hive",
}
"""Sections of providers."""

IMPORTED = frozenset(
    {
        "aws.cloudwatch_task_handler_json_serializer",
        "aws.session_factory",
        "core.asset_manager_class",
        "core.auth_manager",
        "core.might_contain_dag_callable",
        "core.xcom_backend",
        "database.sql_alchemy_session_maker",
        "email.email_backend",
        "fab.auth_backends",
        "logging.interleave_timestamp_parser",
        "logging.log_formatter_class",
        "logging.logging_config_class",
        "logging.secret_mask_adapter",
        "metrics.stat_name_handler",
        "metrics.statsd_custom_client_path",
        "sentry.before_send",
        "state_store.backend",
        "workers.state_store_backend",
    }
)
"""Options whose value Airflow imports."""

PARTS_WITH_PACKAGES: Mapping[str, str] = {
    "airflow.providers.amazon.aws.auth_manager": "python3-saml",
    "airflow.providers.fab.auth_manager.api.auth.backend.kerberos_auth": "requests-kerberos",
}
"""Parts of providers in the image that need a package of their own."""

COLLECTORS: Mapping[str, str] = {
    "metrics.otel_on": "metrics.otel_host",
    "metrics.statsd_on": "metrics.statsd_host",
    "traces.otel_on": "traces.otel_host",
}
"""Options that send to another host, whose default is the container itself."""

NAMESPACES = frozenset({"apache", "cncf", "common", "dbt", "microsoft"})
"""First parts of the names of providers that need a second part."""

FILES = frozenset(
    {
        "api.log_config",
        "database.alembic_ini_file_path",
        "email.html_content_template",
        "email.subject_template",
        "fab.config_file",
    }
)
"""Options whose value is a file that Airflow reads."""

AUTHENTICATION: Mapping[str, str] = {"AUTH_LDAP": "python-ldap", "AUTH_OAUTH": "authlib"}
"""Ways to log in that `fab.config_file` may name, with the package that Flask-AppBuilder imports for it."""

COPIED = ("dags", "plugins")
"""Folders of the project that the image has in Airflow's home, in which users keep files of their own."""

LACKED = (
    "which the Airflow image does not have: add it to requirements.txt, or give the stage an image that has it in"
    " airflow_image"
)
"""What to do about a package."""


def check_image_needs(settings: Settings, project: Path) -> None:
    """
    Refuse options of *settings* that need what the image lacks; an image that a team's CI has built is not checked.

    A dotted path that does not start with `airflow.` is the user's own, and is not checked either.

    Raises:
        BadInputError: naming the option, what it needs, and where to put that.

    """
    if settings.airflow_image:
        return
    options = {
        f"{section}.{option}": str(value)
        for section, values in settings.airflow_config.items()
        for option, value in values.items()
    }
    if _has_collector(settings):
        options |= {host: "a variable" for switch, host in COLLECTORS.items() if "otel" in switch}
    packages = _packages(project)
    with_dags = not dag_bundles(settings.dags)
    for name, value in options.items():
        fault = _fault(name, value, options, packages, project)
        if not fault and name in FILES and not with_dags:
            fault = _not_in_dags(value)
        if fault:
            msg = f"stages.py, stage {settings.stage!r}: airflow_config.{name} {fault}"
            raise BadInputError(msg)


def _has_collector(settings: Settings) -> bool:
    """Return whether a variable names a collector, as OTEL_EXPORTER_OTLP_ENDPOINT and others of OpenTelemetry do."""
    names = [name for part in settings.parts_with_variables for name in (*part.environment, *part.secrets)]
    return any(name.startswith("OTEL_EXPORTER_OTLP_") and name.endswith("ENDPOINT") for name in names)


def _packages(project: Path) -> Collection[str]:
    """Return the names of the packages in the image, and of those in the project's requirements.txt."""
    found = set()
    for file in (project / "docker/requirements.txt", project / "requirements.txt"):
        if file.is_file():
            for name, extras in re.findall(
                r"^\s*([\w.-]+)\s*(\[[^\]]*\])?", file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE
            ):
                found |= {_normal(each) for each in (name, *re.findall(r"[\w.-]+", extras))}
    return found


def _normal(name: str) -> str:
    """Return a package's *name* as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _fault(name: str, value: str, options: Mapping[str, str], packages: Collection[str], project: Path) -> str | None:
    """Return what is wrong with the option *name*, if anything is."""
    for package in _needed(name, value):
        if package not in packages:
            return f"needs the package {package}, {LACKED}"
    if name in IMPORTED:
        for path in _paths(value):
            top, _, rest = path.partition(".")
            if top == "airflow" and rest.partition(".")[0] not in MODULES:
                return f"must name a class or module of this Airflow or of your own, got {shown(path)}"
    if _is_on(value) and (host := COLLECTORS.get(name)) and options.get(host, "") in {"", "localhost", "127.0.0.1"}:
        return f"needs a host that receives what Airflow sends: name it in airflow_config.{host}"
    return file_fault(value, packages, project) if name in FILES else None


def _needed(name: str, value: str) -> Iterator[str]:
    """Yield the packages that the option *name* needs for *value*."""
    if name in SWITCHES and _is_on(value):
        yield SWITCHES[name]
    if package := VALUES.get(name, {}).get(value.lower()):
        yield package
    if package := SECTIONS.get(name.rpartition(".")[0]):
        yield package
    for path in _paths(value) if name in IMPORTED else ():
        yield from (package for part, package in PARTS_WITH_PACKAGES.items() if f"{path}.".startswith(f"{part}."))
        parts = path.split(".")
        if parts[:2] == ["airflow", "providers"]:
            yield "-".join(["apache-airflow-providers", *parts[2 : 4 if "".join(parts[2:3]) in NAMESPACES else 3]])


def _paths(value: str) -> list[str]:
    return [path.strip() for path in value.split(",")]


def _is_on(value: str) -> bool:
    # Airflow's words for off (`AirflowConfigParser.getboolean`).
    return value.strip().lower() not in {"", "f", "false", "0"}


def path_in_project(value: str) -> PurePosixPath | None:
    """Return the path in the project of the file *value*, a path in the image, if it is one of those copied there."""
    path = PurePosixPath(re.sub(r"^\$(AIRFLOW_HOME\b|\{AIRFLOW_HOME\})", AIRFLOW_HOME, value))
    inside = path.relative_to(AIRFLOW_HOME) if path.is_relative_to(AIRFLOW_HOME) else PurePosixPath()
    return inside if inside.parts and inside.parts[0] in COPIED and ".." not in inside.parts else None


def _not_in_dags(value: str) -> str | None:
    if str(path_in_project(value)).startswith("dags/"):
        return f"must name a file in plugins/, because with DAG bundles the image has no dags/, got {shown(value)}"
    return None


def file_fault(value: str, packages: Collection[str], project: Path) -> str | None:
    """Return what is wrong with the file *value*, a path in the image."""
    path = path_in_project(value)
    if not path:
        return (
            "must name a file that the image has: put it into plugins/ and give"
            f" {AIRFLOW_HOME}/plugins/ with its name, got {shown(value)}"
        )
    file = project / path
    if not file.is_file():
        return f"must name a file that the image has, but the project has no {path}, got {shown(value)}"
    text = file.read_text(encoding="utf-8", errors="replace")
    for kind, package in AUTHENTICATION.items():
        if re.search(rf"^AUTH_TYPE\s*=.*\b{kind}\b", text, re.MULTILINE) and package not in packages:
            return f"has AUTH_TYPE = {kind}, which needs the package {package}, {LACKED}"
    return None
