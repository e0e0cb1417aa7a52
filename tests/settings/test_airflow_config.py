import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.settings.airflow_config import (
    PROTECTED,
    UNUSED_SECTIONS,
    AirflowConfig,
    check_airflow_config,
    variable,
    with_airflow_config,
)
from constructs_lib.settings.airflow_options import OLD_OPTIONS, OPEN_SECTIONS, OPTIONS, SECTIONS
from tests.requirements_of_machine import require

PROJECT = Path(__file__).parents[2]


class TestCheck:
    @pytest.mark.parametrize(
        "config",
        [
            {},
            {"core": {"default_timezone": "Europe/Berlin", "parallelism": 64, "dags_are_paused_at_creation": False}},
            {"core": {"auth_manager": "airflow.providers.amazon.aws.auth_manager.aws_auth_manager.AwsAuthManager"}},
            {"common.io": {"xcom_objectstorage_threshold": 1024}},
            {"celery_broker_transport_options": {"wait_time_seconds": 10}},
            {"celery_broker_transport_options": {"anything": "goes"}},
            {"api": {"base_url": "https://airflow.example.com"}},
            {"api": {"base_url": "http://airflow.example.com:8080/"}},
            {"openlineage": {"namespace": "data"}},
            {"sentry": {"sentry_dsn_cmd": "cat /run/dsn"}},
            {"core": {"parallelism": "64"}, "scheduler": {"num_runs": -1}},
            {"logging": {"logging_level": "DEBUG", "celery_logging_level": ""}},
            {"core": {"dags_are_paused_at_creation": "f"}, "metrics": {"statsd_on": True}},
            {"scheduler": {"scheduler_heartbeat_sec": 5.0, "task_queued_timeout": 600.5}},
            {"database": {"sql_alchemy_pool_recycle": -1}},
        ],
    )
    def test_takes_options_that_change_nothing_the_stack_relies_on(self, config: AirflowConfig) -> None:
        """Options that the stack does not depend on are accepted, also of libraries and other providers."""
        check_airflow_config(config)

    @pytest.mark.parametrize(
        ("config", "sentence"),
        [
            (
                {"core": {"executor": "LocalExecutor"}},
                (
                    "airflow_config.core.executor is set by the stack and must not be changed:"
                    " the stack runs Celery workers, which another executor would not use"
                ),
            ),
            (
                {"database": {"sql_alchemy_conn_cmd": "cat /url"}},
                (
                    "airflow_config.database.sql_alchemy_conn_cmd is set by the stack and must not be changed:"
                    " the container builds the database's URL from the secret with its password"
                ),
            ),
            (
                {"core": {"parallelsim": 64}},
                "airflow_config.core.parallelsim is unknown; did you mean 'parallelism'?",
            ),
            (
                {"schedular": {"num_runs": 1}},
                "airflow_config.schedular is not a section of Airflow; did you mean 'scheduler'?",
            ),
            (
                {"Core": {"parallelism": 1}},
                "airflow_config.Core is not a section of Airflow; did you mean 'core'?",
            ),
            (
                {"webserver": {"base_url": "https://airflow.example.com"}},
                "airflow_config.webserver.base_url is not an option of Airflow 3; use api.base_url",
            ),
            (
                {"webserver": {"page_size": 10}},
                "airflow_config.webserver.page_size is not an option of Airflow 3; use api.fallback_page_limit",
            ),
            (
                {"webserver": {"worker_class": "x"}},
                "airflow_config.webserver.worker_class is not an option of Airflow 3",
            ),
            ({"webserver": {"anything": "x"}}, "airflow_config.webserver is not a section of Airflow 3"),
            ({"core": {"task_runner": "x"}}, "airflow_config.core.task_runner is not an option of Airflow 3"),
            (
                {"core": {"sql_alchemy_pool_size": 5}},
                (
                    "airflow_config.core.sql_alchemy_pool_size is not an option of Airflow 3;"
                    " use database.sql_alchemy_pool_size"
                ),
            ),
            (
                {"smtp": {"smtp_host": "mail"}},
                (
                    "airflow_config.smtp has no effect: Airflow sends mail with the connection smtp_default, which the"
                    " stage reads from Secrets Manager under airflow-<stage>/connections/smtp_default;"
                    " airflow_config.email.from_email names the sender"
                ),
            ),
            (
                {"opensearch_configs": {"anything": "goes"}},
                (
                    "airflow_config.opensearch_configs has no effect:"
                    " task logs go to the stack's bucket; the roles may use no other"
                ),
            ),
            (
                {"core": {"parallelism": "many"}},
                "airflow_config.core.parallelism must be an integer of 0 or more, got 'many'",
            ),
            ({"core": {"parallelism": -5}}, "airflow_config.core.parallelism must be an integer of 0 or more, got -5"),
            ({"core": {"parallelism": ""}}, "airflow_config.core.parallelism must be an integer of 0 or more, got ''"),
            ({"scheduler": {"num_runs": 1.5}}, "airflow_config.scheduler.num_runs must be an integer, got 1.5"),
            (
                {"scheduler": {"task_queued_timeout": "10m"}},
                "airflow_config.scheduler.task_queued_timeout must be a number of 0 or more, got '10m'",
            ),
            ({"metrics": {"statsd_on": "yes"}}, "airflow_config.metrics.statsd_on must be True or False, got 'yes'"),
            (
                {"logging": {"logging_level": "LOUD"}},
                (
                    "airflow_config.logging.logging_level must be CRITICAL, FATAL, ERROR, WARN, WARNING, INFO or DEBUG,"
                    " got 'LOUD'"
                ),
            ),
            *(
                (
                    {"api": {"base_url": url}},
                    (
                        "airflow_config.api.base_url must be a URL without a path, such as https://airflow.example.com,"
                        f" got {url!r}: health checks and tasks call the api-server without a path"
                    ),
                )
                for url in (
                    "https://corp.example.com/airflow",
                    "airflow.example.com",
                    "https://a/?b",
                    "https://a/#b",
                    "",
                )
            ),
            (
                {"my section": {"a": 1}},
                "airflow_config.my section must be a section's name in lower-case letters, digits, '_' and '.'",
            ),
            (
                {"core": {"PARALLELISM": 1}},
                "airflow_config.core.PARALLELISM must be an option's name in lower-case letters, digits and '_'",
            ),
            (
                {"sentry": {"sentry_dsn": "https://key@host"}},
                (
                    "airflow_config.sentry.sentry_dsn is a secret and would be readable in Terraform's state;"
                    " use sentry_dsn_cmd, a command that prints it"
                ),
            ),
        ],
    )
    def test_refuses_with_one_sentence(self, config: AirflowConfig, sentence: str) -> None:
        """A wrong option is refused in one sentence that names it."""
        with pytest.raises(ValueError, match=r"^airflow_config\.") as refused:
            check_airflow_config(config)

        assert str(refused.value) == sentence

    @pytest.mark.parametrize(
        ("config", "reason"),
        [
            ({"core": {"multi_team": True}}, "of one team; make a stage for each"),
            ({"core": {"default_impersonation": "ada"}}, "containers run as one user"),
            ({"core": {"plugins_folder": "/plugins"}}, "plugins are in the image"),
            ({"core": {"security": "kerberos"}}, "no Kerberos"),
            ({"core": {"unit_test_mode": True}}, "of its unit tests"),
            ({"dag_processor": {"dag_bundle_config_list": "[]"}}, "writes it from the bundles in dags of the stage"),
            ({"celery": {"ssl_active": True}}, "SQS queue is the broker"),
            ({"celery": {"flower_port": 5555}}, "runs no Flower"),
            ({"api": {"ssl_ca_file": "/ca.pem"}}, "by HTTP"),
            ({"logging": {"base_log_folder": "/var/log"}}, "only into this folder"),
            ({"sdk": {"coordinators": "{}"}}, "supports only Python"),
            ({"aws_ecs_executor": {"cluster": "x"}}, "runs Celery workers"),
            ({"kubernetes_executor": {"namespace": "x"}}, "runs Celery workers"),
            ({"elasticsearch": {"host": "x"}}, "go to the stack's bucket"),
            ({"kerberos": {"keytab": "x"}}, "no Kerberos"),
        ],
    )
    def test_refuses_what_the_stack_has_no_part_for(self, config: AirflowConfig, reason: str) -> None:
        """Options for programs, folders, executors and brokers that the stack does not have are refused."""
        with pytest.raises(ValueError, match=reason):
            check_airflow_config(config)

    @pytest.mark.parametrize("option", PROTECTED)
    def test_refuses_what_would_break_the_stack(self, option: str) -> None:
        """No protected option can be changed, also not by its `_cmd` or `_secret`."""
        section, _, key = option.rpartition(".")
        for name in (key, f"{key}_cmd", f"{key}_secret"):
            with pytest.raises(ValueError, match="is set by the stack"):
                check_airflow_config({section: {name: "x"}})


class TestMerge:
    def test_options_become_variables_on_top_of_the_stacks_own(self) -> None:
        """The user's options override the stack's, and the variables are sorted."""
        merged = with_airflow_config(
            {"AIRFLOW__CORE__PARALLELISM": "4", "DB_HOST": "db"},
            {
                "core": {"parallelism": 64, "compress_serialized_dags": True},
                "common.io": {"xcom_objectstorage_path": ""},
            },
        )

        assert list(merged.items()) == [
            ("AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH", ""),
            ("AIRFLOW__CORE__COMPRESS_SERIALIZED_DAGS", "True"),
            ("AIRFLOW__CORE__PARALLELISM", "64"),
            ("DB_HOST", "db"),
        ]


class TestOptions:
    def test_protected_options_exist(self) -> None:
        """Every protected option exists."""
        assert [each for each in PROTECTED if each not in OPTIONS and each.split(".")[0] not in OPEN_SECTIONS] == []

    def test_no_two_options_share_a_variable(self) -> None:
        """No two options have the same environment variable."""
        assert len({variable(*option.rsplit(".", 1)) for option in OPTIONS}) == len(OPTIONS)

    def test_unused_sections_exist(self) -> None:
        """Every unused section exists."""
        sections = SECTIONS | {"elasticsearch_configs", "opensearch_configs"}

        assert sorted(UNUSED_SECTIONS.keys() - sections) == []

    def test_no_option_is_an_old_one(self) -> None:
        """No option of this Airflow is in the list of old ones, and every replacement exists."""
        assert not OLD_OPTIONS.keys() & OPTIONS
        assert {new for new in OLD_OPTIONS.values() if new} <= OPTIONS

    @pytest.mark.airflow
    @pytest.mark.parametrize("name", ["options", "old_options", "modules"])
    def test_the_lists_are_those_of_the_installed_airflow(self, tmp_path: Path, name: str) -> None:
        """The committed lists match the installed Airflow."""
        require("Airflow", present=importlib.util.find_spec("airflow") is not None)

        listed = subprocess.run(
            [sys.executable, "-P", PROJECT / "tests/list_airflow_options.py", name],
            env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

        assert listed == (PROJECT / f"constructs_lib/settings/airflow_{name}.txt").read_text(encoding="utf-8")
