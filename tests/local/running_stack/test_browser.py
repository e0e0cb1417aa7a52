"""Promises of Airflow's UI on this machine, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.local.browser import PAGE_MS, RUN_MS, AirflowUi, airflow_ui
from tests.local.stack import Stack

pytestmark = pytest.mark.local

TASKS = ("start_process", "odd_task", "even_task", "numbers_task", "on_worker_task")


@pytest.fixture(name="ui")
def _ui(local_stack: Stack) -> Iterator[AirflowUi]:
    with airflow_ui(local_stack) as ui:
        yield ui


def test_a_wrong_password_is_refused(local_stack: Stack, ui: AirflowUi) -> None:
    """A wrong password is refused with a message, and pages stay closed."""
    ui.log_in(local_stack.user, local_stack.password + "0")

    expect(ui.page.get_by_text("Invalid login")).to_be_visible(timeout=PAGE_MS)
    ui.page.goto(f"{local_stack.url}/dags/Test_Dag")
    expect(ui.page.get_by_role("button", name="Sign In")).to_be_visible(timeout=PAGE_MS)


def test_the_sample_turns_green_and_shows_its_numbers(local_stack: Stack, ui: AirflowUi) -> None:
    """A person can log in, run the sample, and read the log of its container."""
    ui.log_in(local_stack.user, local_stack.password)
    ui.open_dag("Test_Dag")
    run_id = ui.trigger()

    expect(ui.state(run_id)).to_have_text("Success", timeout=RUN_MS)
    green = ui.state(run_id).evaluate("badge => getComputedStyle(badge).backgroundColor")
    for task_id in TASKS:
        cell = ui.grid_cell(run_id, task_id).get_by_test_id("task-state-badge")
        expect(cell).to_have_css("background-color", green, timeout=PAGE_MS)
        row = ui.page.get_by_role("row").filter(has=ui.page.get_by_role("link", name=task_id, exact=True))
        expect(row.get_by_role("cell", name="Success", exact=True)).to_be_visible(timeout=PAGE_MS)
    ui.keep_screenshot("test_dag")

    ui.grid_cell(run_id, "odd_task").click()
    expect(ui.log().get_by_text("odd: [1, 3, 5, 7, 9]")).to_be_visible(timeout=PAGE_MS)
    ui.search_log("odd: [")
    ui.keep_screenshot("odd_task_log")


def test_the_log_of_a_running_container_grows_before_the_eyes(local_stack: Stack, ui: AirflowUi) -> None:
    """The log of a running container grows in the UI without a reload."""
    ui.log_in(local_stack.user, local_stack.password)
    expect(ui.page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=PAGE_MS)
    run_id = local_stack.trigger("slow")
    local_stack.wait_for_state("slow", run_id, "slow_task", "deferred")

    ui.open_run("slow", run_id)
    ui.grid_cell(run_id, "slow_task").click()

    for second in (1, 10):
        expect(ui.log().get_by_text(re.compile(rf"second {second}$"))).to_be_visible(timeout=PAGE_MS)
        expect(ui.state("slow_task")).to_have_text("Deferred")
