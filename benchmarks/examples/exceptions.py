"""The example DAGs that do not succeed here, with the reason; all others must succeed."""

from collections.abc import Mapping
from typing import Any

NOT_RUN: Mapping[str, str] = {
    "example_dag_decorator": "asks a service on the internet",
    "example_hitl_operator": "waits for a person",
    "example_python_decorator": "installs packages from an index",
    "example_python_operator": "installs packages from an index",
    "example_retry_policy": "asks a service on the internet",
    "example_sensors": "waits for a file of a connection, and for a moment of tomorrow",
    "tutorial_objectstorage": "asks a service on the internet",
    "tutorial_taskflow_api_virtualenv": "installs packages from an index",
}
"""DAGs that need something outside the stack."""

ENDS_FAILED: Mapping[str, str] = {
    "example_external_task_marker_child": "waits for a task group that its parent does not have",
    "example_failed_dag": "fails to show a stack trace",
    "example_task_state_store_async": "calls `aget`, which the Task SDK 1.3.2 does not have",
    "read_asset_event": "names an asset that another example has under another name, so it is inactive",
    "read_asset_event_from_classic": "names an asset that another example has under another name, so it is inactive",
}
"""DAGs that fail on every deployment of this Airflow, because of their own code."""

CONF: Mapping[str, Mapping[str, Any]] = {
    "example_params_ui_tutorial": {"required_field": "Airflow on Fargate"},
    "example_passing_params_via_test_command": {"foo": "bar"},
}
"""The parameters that a person would enter."""

WAITS_FOR: Mapping[str, str] = {"example_external_task_marker_child": "example_external_task_marker_parent"}
"""The DAG whose run a DAG waits for: both get the same logical date."""

TRIGGERED = frozenset({"child_dag"})
"""DAGs that other examples trigger, so they stay unpaused after their own run."""
