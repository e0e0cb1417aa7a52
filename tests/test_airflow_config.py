import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.airflow_config import (
    OPEN_SECTIONS,
    OPTIONS,
    PROTECTED,
    AirflowConfig,
    check_airflow_config,
    variable,
    with_airflow_config,
)
from tests.requirements_of_machine import require

PROJECT = Path(__file__).parents[1]


class TestCheck:
    @pytest.mark.parametrize(
        "config",
        [
            {},
            {"core": {"default_timezone": "Europe/Berlin", "parallelism": 64, "dags_are_paused_at_creation": False}},
            {"core": {"auth_manager": "airflow.providers.amazon.aws.auth_manager.aws_auth_manager.AwsAuthManager"}},
            {"common.io": {"xcom_objectstorage_threshold": 1024}},
            {"celery_broker_transport_options": {"wait_time_seconds": 10}},
            {"opensearch_configs": {"anything": "goes"}},
            {"openlineage": {"namespace": "data"}},
            {"sentry": {"sentry_dsn_cmd": "cat /run/dsn"}},
        ],
    )
    def test_takes_options_that_change_nothing_the_stack_relies_on(self, config: AirflowConfig) -> None:
        """Any other option is the user's: of Airflow, of a library behind it, of a provider not installed here."""
        check_airflow_config(config)

    @pytest.mark.parametrize(
        ("config", "sentence"),
        [
            (
                {"core": {"executor": "LocalExecutor"}},
                (
                    "airflow_config.core.executor is set by the stack and must not be changed:"
                    " the stack runs Celery workers; another executor would leave them idle"
                ),
            ),
            (
                {"database": {"sql_alchemy_conn_cmd": "cat /url"}},
                (
                    "airflow_config.database.sql_alchemy_conn_cmd is set by the stack and must not be changed:"
                    " the stack makes the database's URL in the container, from the secret that holds its password"
                ),
            ),
            (
                {"core": {"parallelsim": 64}},
                "airflow_config.core.parallelsim is unknown; did you mean 'parallelism'?",
            ),
            (
                {"schedular": {"num_runs": 1}},
                "airflow_config.schedular is no section of Airflow; did you mean 'scheduler'?",
            ),
            (
                {"Core": {"parallelism": 1}},
                "airflow_config.Core is no section of Airflow; did you mean 'core'?",
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
                    "airflow_config.sentry.sentry_dsn is a secret and would stand in the clear in Terraform's state;"
                    " give sentry_dsn_cmd, a command"
                ),
            ),
        ],
    )
    def test_refuses_with_one_sentence(self, config: AirflowConfig, sentence: str) -> None:
        """A sentence names the option and says what is wrong with it."""
        with pytest.raises(ValueError, match=r"^airflow_config\.") as refused:
            check_airflow_config(config)

        assert str(refused.value) == sentence

    @pytest.mark.parametrize("option", PROTECTED)
    def test_refuses_what_would_break_the_stack(self, option: str) -> None:
        """No protected option can be changed, nor by a command or a secret that gives it."""
        section, _, key = option.rpartition(".")
        for name in (key, f"{key}_cmd", f"{key}_secret"):
            with pytest.raises(ValueError, match="is set by the stack"):
                check_airflow_config({section: {name: "x"}})


class TestMerge:
    def test_options_become_variables_on_top_of_the_stacks_own(self) -> None:
        """The user's value wins, the rest stays, and the order is the same every time."""
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
        """A protection that is misspelt protects nothing."""
        assert [each for each in PROTECTED if each not in OPTIONS and each.split(".")[0] not in OPEN_SECTIONS] == []

    def test_no_two_options_share_a_variable(self) -> None:
        """The dot of a section's name becomes an underscore without a clash."""
        assert len({variable(*option.rsplit(".", 1)) for option in OPTIONS}) == len(OPTIONS)

    def test_the_list_is_that_of_the_installed_airflow(self, tmp_path: Path) -> None:
        """The committed list has every option of the Airflow in the image, and no other."""
        require("Airflow", present=importlib.util.find_spec("airflow") is not None)

        listed = subprocess.run(
            [sys.executable, PROJECT / "tests/list_airflow_options.py"],
            env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

        assert listed == (PROJECT / "constructs_lib/airflow_options.txt").read_text(encoding="utf-8")
