"""Airflow options that a stage adds or overrides: `airflow_config` in its settings."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator

from constructs_lib.settings.airflow_options import OLD_OPTIONS, OPEN_SECTIONS, OPTIONS, SECTIONS, allowed_values
from constructs_lib.shared.bad_input import nearest, shown

AirflowConfig = Mapping[str, Mapping[str, str | int | float | bool]]
"""Airflow options by section and key."""

_POOL = "the stack sets the size of each process's connection pool"
_DATABASE = "the container builds the database's URL from the secret with its password"
_KEY = "the stack makes this secret and passes it only to the processes that need it"
_BROKER = "the stack's SQS queue is the broker"
_LOGS = "task logs go to the stack's bucket; the roles may use no other"
_PORT = "the stack's security groups, health checks and load balancer expect this port"
_TRUST = "the stack issues and checks tokens with its own secret"
_HTTP = "health checks and workers reach the api-server by HTTP; TLS ends at the load balancer"
_FLOWER = "the stack runs no Flower, which needs a queue for each worker"
_CELERY = "the stack runs Celery workers, which another executor would not use"
_ROOT = "containers run as one user, who is not root"

PROTECTED: Mapping[str, str] = {
    "api.host": "health checks and the load balancer use any address of the container",
    "api.port": _PORT,
    "api.secret_key": _KEY,
    "api.client_ssl_cert": _HTTP,
    "api.client_ssl_key": _HTTP,
    "api.server_type": "the stack needs gunicorn, which restarts worker processes and limits their requests",
    "api.ssl_ca_file": _HTTP,
    "api.ssl_cert": _HTTP,
    "api.ssl_cert_reqs": _HTTP,
    "api.ssl_key": _HTTP,
    "api.workers": "the stack derives it from the vCPUs of processes.api-server.size; for more capacity use max_count",
    "api_auth.jwt_algorithm": _TRUST,
    "api_auth.jwt_issuer": _TRUST,
    "api_auth.jwt_private_key_path": _TRUST,
    "api_auth.jwt_secret": _KEY,
    "api_auth.trusted_jwks_url": _TRUST,
    "celery.broker_url": _BROKER,
    "celery.celery_config_options": (
        "the stack's configuration contains the worker's health check; use celery.extra_celery_config"
    ),
    "celery.flower_basic_auth": _FLOWER,
    "celery.flower_host": _FLOWER,
    "celery.flower_port": _FLOWER,
    "celery.flower_url_prefix": _FLOWER,
    "celery.pool": "the worker's health check needs the pool 'prefork'",
    "celery.result_backend": "results go to the stack's database",
    "celery.ssl_active": _BROKER,
    "celery.ssl_cacert": _BROKER,
    "celery.ssl_cert": _BROKER,
    "celery.ssl_key": _BROKER,
    "celery.ssl_mutual_tls": _BROKER,
    "celery.worker_autoscale": (
        "the stack derives it from the slots; set slots of the worker pool, or compact_worker_slots"
    ),
    "celery.worker_concurrency": (
        "the stack derives it from the slots; set slots of the worker pool, or compact_worker_slots"
    ),
    "celery.worker_prefetch_multiplier": "an idle worker could not take a message that a busy worker has fetched",
    "celery.worker_enable_remote_control": "it needs a queue for each worker, and workers may not create queues",
    "celery_broker_transport_options.predefined_queues": _BROKER,
    "celery_broker_transport_options.region": _BROKER,
    "core.dags_folder": "DAGs are in the image, in this folder, or in DAG bundles; use dags of the stage",
    "core.default_impersonation": _ROOT,
    "core.execution_api_server_url": "workers call the api-server under its private DNS name",
    "core.executor": _CELERY,
    "core.fernet_key": _KEY,
    "core.hostname_callable": "logs of running tasks are fetched by IP address, because containers have no DNS name",
    "core.multi_team": "a stage has the executor, the DAGs and the roles of one team; make a stage for each team",
    "core.plugins_folder": "plugins are in the image, in this folder",
    "core.security": "the image has no Kerberos",
    "core.unit_test_mode": "Airflow would use the options of its unit tests",
    "dag_processor.dag_bundle_config_list": "the stack writes it from the bundles in dags of the stage",
    "database.external_db_managers": "the migration creates the tables of the stack's auth manager",
    "database.sql_alchemy_conn": _DATABASE,
    "database.sql_alchemy_conn_async": _DATABASE,
    "database.sql_alchemy_connect_args": "it contains the database's TLS mode and keepalives",
    "database.sql_alchemy_connect_args_async": "it contains the database's TLS mode and keepalives",
    "database.sql_alchemy_max_overflow": _POOL,
    "database.sql_alchemy_pool_enabled": _POOL,
    "database.sql_alchemy_pool_size": _POOL,
    "logging.base_log_folder": "containers may write logs only into this folder",
    "logging.google_key_path": _LOGS,
    "logging.remote_base_log_folder": _LOGS,
    "logging.remote_log_conn_id": _LOGS,
    "logging.remote_logging": _LOGS,
    "logging.trigger_log_server_port": _PORT,
    "logging.worker_log_server_port": _PORT,
    "operators.default_queue": "workers and scheduler use the stack's queue under this name",
    "sdk.coordinators": "the image supports only Python",
    "sdk.queue_to_coordinator": "the image supports only Python",
    "secrets.backend": "connections and variables are read under the stage's prefix in Secrets Manager",
    "secrets.backend_kwargs": "connections and variables are read under the stage's prefix in Secrets Manager",
    "workers.secrets_backend": "workers read connections and variables from the api-server",
    "workers.secrets_backend_kwargs": "workers read connections and variables from the api-server",
}
"""Options that would break the stack, each with the reason."""
UNUSED_SECTIONS: Mapping[str, str] = {
    "aws_batch_executor": _CELERY,
    "aws_ecs_executor": _CELERY,
    "aws_eks_executor": _CELERY,
    "aws_lambda_executor": _CELERY,
    "celery_kubernetes_executor": _CELERY,
    "celery_result_backend_transport_options": "results go to the stack's database",
    "elasticsearch": _LOGS,
    "elasticsearch_configs": _LOGS,
    "kerberos": "the image has no Kerberos",
    "kubernetes_executor": _CELERY,
    "local_kubernetes_executor": _CELERY,
    "opensearch": _LOGS,
    "opensearch_configs": _LOGS,
    "smtp": (
        "Airflow sends mail with the connection smtp_default, which the stage reads from Secrets Manager under"
        " airflow-<stage>/connections/smtp_default; airflow_config.email.from_email names the sender"
    ),
}
"""Sections that have no effect, each with the reason."""


def check_airflow_config(config: AirflowConfig) -> None:
    """
    Refuse options that Airflow does not have, that break the stack, have no effect or show a secret, and wrong values.

    A section that is neither Airflow's nor similar to one may be that of another provider, and is accepted.

    Raises:
        ValueError: the sentence starts with `airflow_config.<section>.<option>`.

    """
    for section, options in config.items():
        _check_section(section, options)
        for option, value in options.items():
            _check_option(section, option)
            _check_value(section, option, value)


def variable(section: str, option: str) -> str:
    """Return the environment variable by which Airflow reads *option* of *section*."""
    return f"AIRFLOW__{section.replace('.', '_').upper()}__{option.upper()}"


def _checked(options: dict[str, dict[str, str | int | float | bool]]) -> dict[str, dict[str, str | int | float | bool]]:
    check_airflow_config(options)
    return options


AirflowOptions = Annotated[dict[str, dict[str, str | int | float | bool]], AfterValidator(_checked)]
"""The setting `airflow_config`."""


def with_airflow_config(environment: Mapping[str, str], config: AirflowConfig) -> dict[str, str]:
    """Return *environment*, sorted, with the options of *config*, which override it."""
    added = {
        variable(section, option): str(value)
        for section, options in config.items()
        for option, value in options.items()
    }
    return dict(sorted({**environment, **added}.items()))


def _check_section(section: str, options: Iterable[str]) -> None:
    if reason := UNUSED_SECTIONS.get(section):
        msg = f"airflow_config.{section} has no effect: {reason}"
        raise ValueError(msg)
    for option in options:
        old = f"{section}.{option}"
        if old in OLD_OPTIONS and old not in OPTIONS:
            new = OLD_OPTIONS[old]
            msg = f"airflow_config.{old} is not an option of Airflow 3" + (f"; use {new}" if new else "")
            raise ValueError(msg)
    if section in SECTIONS | OPEN_SECTIONS:
        return
    if any(old.startswith(f"{section}.") for old in OLD_OPTIONS):
        msg = f"airflow_config.{section} is not a section of Airflow 3"
        raise ValueError(msg)
    # A provider's section may be similar to one of these. Only a very similar name is a misspelling.
    close = difflib.get_close_matches(section.lower(), SECTIONS, n=1, cutoff=0.8)
    if close:
        msg = f"airflow_config.{section} is not a section of Airflow; did you mean {close[0]!r}?"
        raise ValueError(msg)
    if not re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", section):
        msg = f"airflow_config.{section} must be a section's name in lower-case letters, digits, '_' and '.'"
        raise ValueError(msg)


def _check_option(section: str, option: str) -> None:
    where = f"airflow_config.{section}.{option}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", option):
        msg = f"{where} must be an option's name in lower-case letters, digits and '_'"
        raise ValueError(msg)
    # `_cmd` and `_secret` name a command or a secret that returns the value.
    reason = PROTECTED.get(f"{section}.{re.sub('_(cmd|secret)$', '', option)}") or PROTECTED.get(f"{section}.{option}")
    if reason:
        msg = f"{where} is set by the stack and must not be changed: {reason}"
        raise ValueError(msg)
    if section in SECTIONS - OPEN_SECTIONS and f"{section}.{option}" not in OPTIONS:
        known = [each.rpartition(".")[2] for each in OPTIONS if each.rpartition(".")[0] == section]
        msg = f"{where} is unknown; {nearest(option, known)}"
        raise ValueError(msg)
    if f"{section}.{option}_cmd" in OPTIONS and not option.endswith("args"):
        msg = (
            f"{where} is a secret and would be readable in Terraform's state; use {option}_cmd, a"
            " command that prints it"
        )
        raise ValueError(msg)


def _check_value(section: str, option: str, value: object) -> None:
    if allowed := allowed_values(f"{section}.{option}", value):
        msg = f"airflow_config.{section}.{option} must be {allowed}, got {shown(value)}"
        raise ValueError(msg)
    if (section, option) == ("api", "base_url") and not re.fullmatch(r"https?://[^/?#\s]+/?", str(value)):
        msg = (
            "airflow_config.api.base_url must be a URL without a path, such as https://airflow.example.com,"
            f" got {shown(value)}: health checks and tasks call the api-server without a path"
        )
        raise ValueError(msg)
