"""Promises of what options of Airflow need that its image may not have."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.airflow.image_needs import (
    AUTHENTICATION,
    COLLECTORS,
    FILES,
    IMPORTED,
    PARTS_WITH_PACKAGES,
    SECTIONS,
    SWITCHES,
    VALUES,
    check_image_needs,
)
from constructs_lib.settings.airflow_config import PROTECTED, UNUSED_SECTIONS, AirflowConfig
from constructs_lib.settings.airflow_options import OPTIONS
from constructs_lib.settings.dag_bundles import DagsInS3
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError
from tests.clone import PROJECT
from tests.programs import command
from tests.requirements_of_machine import require
from tests.variants import IMAGE

AWS_AUTH = "airflow.providers.amazon.aws.auth_manager.aws_auth_manager.AwsAuthManager"
REFUSED = PROTECTED.keys() | {each for each in OPTIONS if each.rpartition(".")[0] in UNUSED_SECTIONS}
PACKAGES = {
    *SWITCHES.values(),
    *(package for packages in VALUES.values() for package in packages.values()),
    *SECTIONS.values(),
    *PARTS_WITH_PACKAGES.values(),
    *AUTHENTICATION.values(),
}


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Path:
    """Return a project with the image's packages, a plugin and no requirements.txt."""
    (tmp_path / "docker").mkdir()
    shutil.copy(PROJECT / "docker/requirements.txt", tmp_path / "docker")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins/login.py").write_text("from x import *\nAUTH_TYPE = AUTH_DB\n")
    return tmp_path


def check(project: Path, config: AirflowConfig, **settings: Any) -> None:  # noqa: ANN401 as Settings takes them
    """Check a stage with *config* and other *settings*."""
    options = {section: dict(values) for section, values in config.items()}
    check_image_needs(Settings(stage="dev", airflow_config=options, **settings), project)


NEEDS: list[tuple[AirflowConfig, str, str]] = [
    ({"core": {"auth_manager": AWS_AUTH}}, "core.auth_manager", "python3-saml"),
    (
        {"core": {"auth_manager": "airflow.providers.keycloak.auth_manager.keycloak_auth_manager.KeycloakAuthManager"}},
        "core.auth_manager",
        "apache-airflow-providers-keycloak",
    ),
    (
        {"email": {"email_backend": "airflow.providers.microsoft.azure.mail.send"}},
        "email.email_backend",
        "apache-airflow-providers-microsoft-azure",
    ),
    ({"core": {"xcom_backend": "airflow.providers"}}, "core.xcom_backend", "apache-airflow-providers"),
    (
        {"fab": {"auth_backends": "my.auth,airflow.providers.fab.auth_manager.api.auth.backend.kerberos_auth"}},
        "fab.auth_backends",
        "requests-kerberos",
    ),
    ({"sentry": {"sentry_on": True}}, "sentry.sentry_on", "sentry-sdk"),
    ({"metrics": {"statsd_host": "h", "statsd_on": "True"}}, "metrics.statsd_on", "statsd"),
    ({"metrics": {"statsd_datadog_enabled": 1}}, "metrics.statsd_datadog_enabled", "datadog"),
    (
        {"profiling": {"memray_trace_components": "scheduler"}},
        "profiling.memray_trace_components",
        "memray",
    ),
    ({"standard": {"venv_install_method": "uv"}}, "standard.venv_install_method", "uv"),
    (
        {"hive": {"default_hive_mapred_queue": "x"}},
        "hive.default_hive_mapred_queue",
        "apache-airflow-providers-apache-hive",
    ),
]


class TestPackages:
    """Refuse options that need a Python package."""

    @pytest.mark.parametrize(("config", "option", "package"), NEEDS)
    def test_a_package_that_the_image_lacks_is_named(
        self, project: Path, config: AirflowConfig, option: str, package: str
    ) -> None:
        """A missing package is named, with the two ways to add it."""
        with pytest.raises(BadInputError) as refused:
            check(project, config)

        assert str(refused.value) == (
            f"stages.py, stage 'dev': airflow_config.{option} needs the package {package}, which the"
            " Airflow image does not have: add it to requirements.txt, or give the stage an image that has it in"
            " airflow_image"
        )

    @pytest.mark.parametrize(("config", "package"), [(config, package) for config, _, package in NEEDS])
    def test_a_package_of_the_project_counts(self, project: Path, config: AirflowConfig, package: str) -> None:
        """A package in requirements.txt counts, in any spelling of its name or as an extra of another one."""
        (project / "requirements.txt").write_text(f"# mine\n{package.replace('-', '_').upper()}>=1\n")
        check(project, config)
        (project / "requirements.txt").write_text(f"other [a, {package}] == 1\n")
        check(project, config)

    @pytest.mark.parametrize("config", [config for config, _, _ in NEEDS])
    def test_an_image_of_the_team_is_not_looked_into(self, project: Path, config: AirflowConfig) -> None:
        """A prebuilt image is not checked."""
        check(project, config, airflow_image=IMAGE)

    @pytest.mark.parametrize(
        "config",
        [
            {"core": {"auth_manager": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"}},
            {"core": {"auth_manager": "my_auth.MyAuthManager"}},
            {"core": {"xcom_backend": "airflow.providers.common.io.xcom.backend.XComObjectStorageBackend"}},
            {"email": {"email_backend": "airflow.providers.amazon.aws.utils.emailer.send_email"}},
            {"sentry": {"sentry_on": "f"}},
            {"metrics": {"statsd_on": False, "otel_on": "False"}},
            {"metrics": {"otel_on": True, "otel_host": "collector.example.com"}},
            {
                "common.io": {
                    "xcom_objectstorage_path": "file:///shared-volume/xcom",
                    "xcom_objectstorage_compression": "gzip",
                }
            },
            {"core": {"parallelism": 4}},
        ],
    )
    def test_what_the_image_has_is_taken(self, project: Path, config: AirflowConfig) -> None:
        """Options for packages in the image, for a user's own modules, and options that are off are accepted."""
        check(project, config)

    def test_every_package_is_missing(self) -> None:
        """Every package in the tables is missing in the image."""
        locked = re.findall(r"^[\w.-]+", (PROJECT / "docker/requirements.txt").read_text(), re.MULTILINE)

        assert not PACKAGES & set(locked)


class TestOthers:
    """Refuse options that need a module, a file or another host."""

    @pytest.mark.parametrize(
        ("config", "sentence"),
        [
            (
                {"core": {"auth_manager": "airflow.www.security.Manager"}},
                (
                    "core.auth_manager must name a class or module of this Airflow or of your own,"
                    " got 'airflow.www.security.Manager'"
                ),
            ),
            *(
                (
                    {"metrics": {"otel_on": True, **host}},
                    (
                        "metrics.otel_on needs a host that receives what Airflow sends: name it in"
                        " airflow_config.metrics.otel_host"
                    ),
                )
                for host in ({}, {"otel_host": "localhost"}, {"otel_host": "127.0.0.1"})
            ),
            *(
                (
                    {"fab": {"config_file": path}},
                    (
                        "fab.config_file must name a file that the image has: put it into plugins/ and give"
                        f" /opt/airflow/plugins/ with its name, got {path!r}"
                    ),
                )
                for path in (
                    "/etc/passwd",
                    "/opt/airflow",
                    "/opt/airflow/x",
                    "plugins/x",
                    "/opt/airflow/plugins/../../x",
                )
            ),
            (
                {"api": {"log_config": "/opt/airflow/dags/log.yaml"}},
                (
                    "api.log_config must name a file that the image has, but the project has no dags/log.yaml,"
                    " got '/opt/airflow/dags/log.yaml'"
                ),
            ),
        ],
    )
    def test_what_is_not_there_is_refused(self, project: Path, config: AirflowConfig, sentence: str) -> None:
        """A missing module, file or host is refused with a sentence that says where to put it."""
        with pytest.raises(BadInputError) as refused:
            check(project, config)

        assert str(refused.value) == f"stages.py, stage 'dev': airflow_config.{sentence}"

    def test_with_bundles_a_file_in_dags_is_refused(self, project: Path) -> None:
        """With DAGs in bundles, the image has the files of `plugins/`, and not those of `dags/`."""
        for folder in ("dags", "plugins"):
            (project / folder).mkdir(exist_ok=True)
            (project / folder / "log.yaml").touch()
        check(project, {"api": {"log_config": "/opt/airflow/plugins/log.yaml"}}, dags=DagsInS3())
        check(project, {"api": {"log_config": "/opt/airflow/dags/log.yaml"}})

        with pytest.raises(BadInputError, match=r"log_config must name a file in plugins/, because with DAG bundles"):
            check(project, {"api": {"log_config": "/opt/airflow/dags/log.yaml"}}, dags=DagsInS3())

    def test_a_variable_may_name_the_collector(self, project: Path) -> None:
        """OpenTelemetry's own variables can name the collector, for traces or for all signals."""
        config: AirflowConfig = {"traces": {"otel_on": True}}

        check(project, config, environment={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example.com:4318"})
        check(project, config, secrets={"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "prod/collector"})
        with pytest.raises(BadInputError, match=r"traces\.otel_on needs a host"):
            check(project, config, environment={"OTEL_EXPORTER_OTLP_HEADERS": "a=b"})

    @pytest.mark.parametrize("home", ["/opt/airflow", "$AIRFLOW_HOME", "${AIRFLOW_HOME}"])
    def test_a_file_in_plugins_is_taken(self, project: Path, home: str) -> None:
        """A file in `plugins/` is accepted, also with a variable in its path."""
        check(project, {"fab": {"config_file": f"{home}/plugins/login.py"}})

    @pytest.mark.parametrize(("kind", "package"), AUTHENTICATION.items())
    def test_a_way_to_log_in_needs_its_package(self, project: Path, kind: str, package: str) -> None:
        """A way to log in is refused without the package that Flask-AppBuilder imports for it."""
        (project / "plugins/login.py").write_text(f"import base\nAUTH_TYPE = base.{kind}  # ours\n")
        config = {"fab": {"config_file": "/opt/airflow/plugins/login.py"}}

        with pytest.raises(
            BadInputError, match=f"has AUTH_TYPE = {kind}, which needs the package {package}, which the"
        ):
            check(project, config)

        (project / "requirements.txt").write_text(package)
        check(project, config)


class TestTables:
    """Compare the tables of options with the Airflow in the image."""

    @pytest.fixture(autouse=True)
    def _airflow(self) -> None:
        require("Airflow", present=importlib.util.find_spec("airflow") is not None)

    def test_every_option_exists(self) -> None:
        """Every option in the tables exists, and is not refused for another reason."""
        tables = {*SWITCHES, *VALUES, *IMPORTED, *FILES, *COLLECTORS, *COLLECTORS.values()}

        assert sorted(tables - OPTIONS) == []
        assert sorted(tables & REFUSED) == []

    @pytest.mark.airflow
    def test_every_option_that_airflow_imports_is_known(self, tmp_path: Path) -> None:
        """Every option whose value Airflow imports is in the table."""
        spec = importlib.util.find_spec("airflow")
        assert spec
        assert spec.submodule_search_locations
        package = spec.submodule_search_locations[0]
        call = re.compile(r"getimport\(\s*(?:section=)?\"(\w+)\",\s*(?:key=)?\"(\w+)\"")
        found = {
            f"{section}.{option}".lower()
            for file in Path(package).rglob("*.py")
            for section, option in call.findall(file.read_text(encoding="utf-8"))
        }
        described = {
            option
            for option, text in descriptions(tmp_path).items()
            if re.search(r"[Ii]mport path|[Dd]otted|[Ff]ull (class|import)|module path|[Cc]lass to|callable", text)
        }

        reviewed = {
            "core.allowed_deserialization_classes_regexp": "patterns",
            "core.dag_discovery_safe_mode": "its description names another option",
        }

        assert len(found) > 10
        assert sorted((found | described) & OPTIONS - IMPORTED - REFUSED - reviewed.keys()) == []

    def test_every_option_that_names_a_file_is_known(self) -> None:
        """Every option that names a file is in the table, or is listed here with the reason why not."""
        reviewed = {
            "common.io.state_store_objectstorage_path": "a place in object storage",
            "common.io.xcom_objectstorage_path": "a place in object storage",
            "core.simple_auth_manager_passwords_file": "written, not read",
            "dag_processor.dag_bundle_storage_path": "a folder that Airflow makes",
            "logging.log_filename_template": "a text",
            "logging.task_log_prefix_template": "a text",
        }
        named = {each for each in OPTIONS if re.search(r"(_file|_path|_cert|_key|cacert|_template|log_config)$", each)}
        known = FILES | IMPORTED | REFUSED | reviewed.keys()

        assert sorted(named - known) == []

    @pytest.mark.airflow
    def test_every_part_that_cannot_be_imported_is_refused(self, project: Path, tmp_path: Path) -> None:
        """Every part of a provider in the image that cannot be imported is refused."""
        printed = subprocess.run(
            command("broken_providers"),
            env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        broken = re.findall("^cannot import (\\S+)", printed, re.MULTILINE)

        assert any(name.startswith("airflow.providers.amazon.aws.auth_manager.") for name in broken)
        for name in broken:
            with pytest.raises(BadInputError, match="which the Airflow image does not have"):
                check(project, {"core": {"auth_manager": f"{name}.Anything"}})


def descriptions(home: Path) -> dict[str, str]:
    """Return Airflow's description of each option; *home* is an empty folder for it."""
    printed = subprocess.run(
        command("describe_options"),
        env={**os.environ, "AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {
        f"{section}.{option}": str(text.get("description", ""))
        for section, content in json.loads(printed.splitlines()[-1]).items()
        for option, text in content["options"].items()
    }
