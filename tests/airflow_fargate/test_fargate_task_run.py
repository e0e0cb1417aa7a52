"""Promises of a run of a `FargateTaskOperator`: Airflow's classes, over HTTP to an AWS that the test answers for."""

import pytest

from tests.airflow_fargate.ecs_answers import ARN, LINES, REFUSALS
from tests.airflow_fargate.fargate_task_runs import Ends, ends_of_all
from tests.airflow_on_fargate.pipeline_roles.evaluator import allows
from tests.ecs_calls import requests, role_policy
from tests.variants import changed, variant


@pytest.fixture(name="ends", scope="module")
def _ends(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    """Run all of them in one process, for Airflow takes seconds to import."""
    return ends_of_all(tmp_path_factory.mktemp("home"))


LONG = (
    "command and environment have 9128 characters as overrides of ECS, which allows 8192; the longest is"
    " command[2] with 9000: pass it in a file on the shared volume or in S3"
)
WRONG_TAG = (
    "tags must have keys of 1 to 128 characters without the prefix 'aws:' and values up to 256, all text of letters,"
    " digits, spaces and _.:/=+-@, got 'day' with '<today>'"
)
SENTENCE = "tasks/multi_task ended with exit code 3: Essential container in task exited (ECS task {}-1)"


def test_a_task_that_ends_well_returns_its_last_line_and_shows_all(ends: Ends) -> None:
    """The operator returns the last line, and the task's log has all lines."""
    [asked] = ends.requests("RunTask", "good")

    assert ends.of["good"] == {"returned": LINES[-1]}
    assert "reading" in ends.log
    assert asked["taskDefinition"] == "airflow-dev-multi-task"
    assert asked["overrides"]["containerOverrides"][0]["command"] == ["python", "x.py"]
    assert asked["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    assert "launchType" not in asked
    assert ends.requests("StopTask", "good") == []


@pytest.mark.parametrize("cluster", ["bad", "blocking"])
def test_a_task_that_fails_says_how_and_what_it_wrote_last(ends: Ends, cluster: str) -> None:
    """The error of a failed task has the exit code, the reason and the last lines, deferred or not."""
    lines = "\n".join(LINES)

    assert ends.of[cluster] == {"AirflowException": f"{SENTENCE.format(cluster)}; its last lines:\n{lines}"}


def test_a_task_whose_log_is_not_read_says_how_it_ends(ends: Ends) -> None:
    """A task without a readable log reports how it ended, and a denied call fails with AWS's message."""
    forbidden = (
        "An error occurred (AccessDeniedException) when calling the GetLogEvents operation: not authorized to perform:"
        " logs:GetLogEvents"
    )

    assert ends.of["no-logs"] == {"AirflowException": SENTENCE.format("no-logs")}
    assert ends.of["no-stream"] == {"AirflowException": f"{SENTENCE.format('no-stream')}; it has printed nothing"}
    assert ends.of["no-log-role"] == {"AccessDeniedException": forbidden}
    assert ends.of["no-log-role-blocking"] == {
        "AirflowException": f"{SENTENCE.format('no-log-role-blocking')}; its output cannot be read: {forbidden}"
    }
    assert "log stream multi_task/multi_task/no-logs-1" not in ends.log


def test_an_exit_code_can_skip_the_airflow_task(ends: Ends) -> None:
    """An exit code in `skip_on_exit_code` skips the task instance."""
    [(kind, printed)] = ends.of["skipped"].items()

    assert kind == "AirflowSkipException"
    assert printed.startswith(SENTENCE.format("skipped"))


def test_a_task_that_writes_nothing_says_so(ends: Ends) -> None:
    """The error of a failed task without output says that it printed nothing."""
    assert ends.of["silent"] == {"AirflowException": f"{SENTENCE.format('silent')}; it has printed nothing"}


def test_a_container_that_never_ran_has_a_reason(ends: Ends) -> None:
    """The error about a container that never ran has ECS's reason."""
    sentence = "tasks/multi_task did not start: CannotPullContainerError: no such image (ECS task never-1)"

    assert ends.of["never"] == {"EcsTaskFailToStart": sentence}


def test_a_deferred_task_is_stopped_at_its_execution_timeout(ends: Ends) -> None:
    """A deferred task is stopped at its `execution_timeout`."""
    [(kind, printed)] = ends.of["slow"].items()
    [stopped] = ends.requests("StopTask", "slow")

    assert kind == "AirflowTaskTimeout"
    assert printed.startswith(
        "tasks/multi_task ran longer than its execution_timeout, 0:00:01, and was stopped; its last lines:"
    )
    assert stopped["reason"] == "execution_timeout of the Airflow task"


def test_a_deferred_task_that_a_user_clears_is_stopped(ends: Ends) -> None:
    """A deferred task is stopped when a user clears it."""
    [stopped] = ends.requests("StopTask", "killed")

    assert stopped["reason"] == "Airflow task was cleared or marked by a user"


def test_a_size_reaches_ecs_in_its_own_types(ends: Ends) -> None:
    """Sizes reach ECS as text for the task and as numbers for the container, also from a template."""
    [asked] = ends.requests("RunTask", "sized")
    [container] = asked["overrides"]["containerOverrides"]

    assert (asked["overrides"]["cpu"], asked["overrides"]["memory"]) == ("1024", "2048")
    assert (container["cpu"], container["memory"]) == (1024, 2048)


def test_a_size_can_be_changed_together_with_the_launch_type(ends: Ends) -> None:
    """A DAG can override the size together with the launch type, and no capacity provider is sent."""
    [asked] = ends.requests("RunTask", "launch-type")

    assert (asked["launchType"], asked["overrides"]["cpu"]) == ("FARGATE", "1024")
    assert "capacityProviderStrategy" not in asked


def test_a_size_that_only_the_run_knows_is_checked_by_the_run(ends: Ends) -> None:
    """A size from a template is checked before the task starts."""
    printed = "multi_task: memory_mib for 1024 CPU units must be 2048 to 8192 in steps of 1024, got 512"

    assert ends.of["mis-sized"] == {"ValueError": printed}
    assert ends.requests("RunTask", "mis-sized") == []


@pytest.mark.parametrize(
    ("cluster", "printed"),
    [
        ("no-size", "cpu must be an integer, got 'many'"),
        ("none", "environment.A must be text or a number, got None"),
        ("list", "environment.A must be text or a number, got a value of the type list"),
        ("no-words", "command must be a list of words such as ['python', 'main.py'], got 'python x.py'"),
        ("no-word", "command[1] must be text or a number, got a value of the type dict"),
        ("no-overrides", "overrides must be a mapping, got None"),
        ("no-tags", "tags must be a mapping of keys to values, got a value of the type str"),
        ("many-tags", "tags must be at most 44, got 51: ECS's limit is 50, and the operator adds 6"),
        ("wrong-tag", WRONG_TAG),
        ("long", LONG),
    ],
)
def test_what_ecs_refuses_is_refused_by_the_arguments_name(ends: Ends, cluster: str, printed: str) -> None:
    """Rendered arguments that ECS would refuse are refused by name, and nothing is started."""
    assert ends.of[cluster] == {"ValueError": f"multi_task: {printed}"}
    assert ends.requests("RunTask", cluster) == []


def test_a_number_of_an_xcom_reaches_the_container_as_text(ends: Ends) -> None:
    """A number from an XCom is text in the command and the environment."""
    [asked] = ends.requests("RunTask", "numbers")
    [container] = asked["overrides"]["containerOverrides"]

    assert container["command"] == ["a", "5"]
    assert container["environment"] == [{"name": "N", "value": "0.5"}]


def test_any_owner_of_a_task_can_start_it(ends: Ends) -> None:
    """An owner with spaces does not break `startedBy`, which may contain none."""
    [asked] = ends.requests("RunTask", "owned")

    assert asked["startedBy"] == "the-data-team"


@pytest.mark.parametrize("cluster", ["json-output", "json-output-blocking"])
def test_the_last_line_can_be_read_as_json(ends: Ends, cluster: str) -> None:
    """`output_processor` converts the last line into the XCom, deferred or not."""
    assert ends.of[cluster] == {"returned": {"rows": 7}}


def test_a_last_line_that_is_no_json_fails_with_the_line(ends: Ends) -> None:
    """A last line that is not JSON fails the task, and the error has the task's name and the line."""
    assert ends.of["text-output"] == {
        "AirflowException": (
            "tasks/multi_task succeeded, but output_processor failed on the last line that it printed,"
            f" {LINES[-1]!r}: JSONDecodeError: Expecting value: line 1 column 1 (char 0)"
        )
    }


def test_no_last_line_is_read_that_nobody_gets(ends: Ends) -> None:
    """Without output, or with `do_xcom_push=False`, the output processor is not called."""
    assert ends.of["silent-output"] == {"returned": None}
    assert "returned" in ends.of["unused-output"]


def test_a_task_is_waited_for_as_often_as_waiter_max_attempts(ends: Ends) -> None:
    """A task is checked `waiter_max_attempts` times, then the operator fails."""
    [printed] = ends.of["impatient"].values()

    assert printed.endswith("impatient-1 still runs after 1 checks (waiter_max_attempts)")
    assert len(ends.requests("DescribeTasks", "impatient")) == 1


def test_a_task_that_ecs_does_not_know_yet_is_waited_for(ends: Ends) -> None:
    """A task that ECS does not know yet is waited for, and one that stays unknown has stopped."""
    assert ends.of["not-known-yet"] == {"returned": LINES[-1]}
    [(kind, printed)] = ends.of["forgotten"].items()
    assert kind == "AirflowException"
    assert printed.startswith("tasks/multi_task: ECS no longer knows the task")


@pytest.mark.parametrize(("cluster", "pause_sec"), [("full", 10), ("full-for-long", 160)])
def test_without_room_it_is_run_again_later(ends: Ends, cluster: str, pause_sec: int) -> None:
    """Without capacity the task instance is rescheduled at longer intervals, as the same try and without a worker."""
    assert ends.of[cluster] == {"AirflowRescheduleException": pytest.approx(pause_sec, abs=3)}


@pytest.mark.parametrize("cluster", ["full-for-a-day", "unplaceable"])
def test_a_task_that_waits_in_vain_fails(ends: Ends, cluster: str) -> None:
    """A start fails after a day without capacity, or at once if capacity will never suffice."""
    [(kind, printed)] = ends.of[cluster].items()

    assert kind == "EcsOperatorError"
    assert REFUSALS[cluster] in printed


def test_the_roles_allow_all_that_is_asked(ends: Ends) -> None:
    """The policies of both topologies allow all calls of the operator and the trigger."""
    watched = {"DescribeTasks", "GetLogEvents", "StopTask"}
    assert {operation for operation, _ in ends.asked} >= {"RunTask", "ListTasks", *watched}

    compact, split = variant("compact"), changed("compact", topology="split")
    for template, role in ((compact, "airflow_task"), (split, "worker_default_task"), (split, "triggerer_task")):
        policy = role_policy(template, role)
        for operation, arguments in ends.asked:
            if operation in watched or role != "triggerer_task":
                for request in requests(template, operation, arguments):
                    assert allows([policy], request), (role, request)


def test_an_ecs_task_says_whose_it_is(ends: Ends) -> None:
    """The tags of an ECS task name its task instance, in addition to the DAG's own tags."""
    [good], [mapped] = ends.requests("RunTask", "good"), ends.requests("RunTask", "mapped")
    tags = {each["key"]: each["value"] for each in good["tags"]}

    assert tags == {
        "airflow-dag-id": "d",
        "airflow-task-id": "t",
        "airflow-run-id": "r_1",
        "airflow-try-number": "2",
        "airflow-task-instance-id": "1-2-3",
    }
    assert {"key": "Team", "value": "data"} in mapped["tags"]
    assert {"key": "airflow-map-index", "value": "7"} in mapped["tags"]


@pytest.mark.parametrize("cluster", ["unwaited", "left-running"])
def test_an_ecs_task_that_shall_outlive_its_task_instance_has_no_owner(ends: Ends, cluster: str) -> None:
    """An ECS task that must outlive its task instance has no owner tag."""
    [asked] = ends.requests("RunTask", cluster)

    assert "airflow-task-instance-id" not in {each["key"] for each in asked["tags"]}


def test_a_retry_attaches_to_what_the_try_before_has_started_and_a_cleared_task_does_not(ends: Ends) -> None:
    """A retry attaches to the ECS task of the earlier try, and a cleared task instance starts a new one."""
    sought = {name: ends.requests("ListTasks", name)[0]["startedBy"] for name in ("good", "bad", "cleared")}

    assert sought["good"] == sought["bad"] != sought["cleared"]
    for name, started_by in sought.items():
        assert ends.requests("RunTask", name)[0]["startedBy"] == started_by


def test_what_the_try_before_has_started_is_waited_for_and_not_started_again(ends: Ends) -> None:
    """A retry attaches to the ECS task that still runs, and starts no other."""
    assert ends.of["attached"] == {"returned": LINES[-1]}
    assert ends.requests("RunTask", "attached") == []
    assert f"tasks/multi_task still runs as the ECS task {ARN.format('attached')}" in ends.log


def test_the_log_says_where_the_task_runs_and_not_how_it_was_asked_for(ends: Ends) -> None:
    """The log has the ECS task, its log stream and each state once, without requests and responses."""
    arn = "arn:aws:ecs:eu-central-1:123456789012:task/good/good-1"

    assert f"tasks/multi_task started as the ECS task {arn}" in ends.log
    assert (
        "Its output: log stream multi_task/multi_task/good-1 of the log group /airflow-dev/tasks/multi_task" in ends.log
    )
    assert "tasks/multi_task ended with exit code 0" in ends.log
    for plumbing in ("EcsOperator overrides", "ECS Task started", "Try to find run", "Running ECS Task"):
        assert plumbing not in ends.log
    slow = ends.log.partition("task/slow/slow-1")[2].partition("is being stopped")[0]
    assert slow.count("The ECS task is RUNNING") == 1


def test_a_worker_that_ends_its_task_logs_whether_it_is_stopped(ends: Ends) -> None:
    """A worker that ends its task logs whether ECS stops it, and what to do if not."""
    [stopped] = ends.requests("StopTask", "ended")

    assert stopped["reason"] == "Airflow task was ended"
    assert "The ECS task arn:aws:ecs:eu-central-1:123456789012:task/ended/ended-1 is being stopped" in ends.log
    assert "task/not-stopped/not-stopped-1 cannot be stopped and may still run: An error occurred (Acc" in ends.log
    assert "aws ecs stop-task --cluster not-stopped --task arn" in ends.log


def test_a_worker_that_ends_while_it_waits_stops_the_ecs_task_once(ends: Ends) -> None:
    """A worker that is stopped while it waits stops the ECS task once, and nothing before the task has started."""
    [stopped] = ends.requests("StopTask", "interrupted")

    assert stopped["reason"] == "Airflow task was ended"
    assert ends.of["interrupted"] == {
        "AirflowException": SENTENCE.format("interrupted") + "; its last lines:\n" + "\n".join(LINES)
    }
    assert ends.requests("StopTask", "not-begun") == []
