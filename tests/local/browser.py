"""Airflow's UI in a real browser: Debian's Chromium, which Playwright drives."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.local.stack import Stack
from tests.requirements_of_machine import require

COMMAND = "chromium"
SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""The folder to keep screenshots in, `docs/screenshots` to renew those of the documentation; unset: none are kept."""
PAGE_MS = 20_000
"""How long a page may take to show what it has, in milliseconds."""
RUN_MS = 120_000
"""How long a run of the sample may take, in milliseconds."""


@dataclass(frozen=True)
class AirflowUi:
    """Airflow's UI on a page of the browser."""

    page: Page
    url: str

    def log_in(self, user: str, password: str) -> None:
        """Fill in the login form, and send it."""
        self.page.goto(self.url)
        self.page.get_by_label("Username").fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign In").click()

    def open_dag(self, dag_id: str) -> None:
        """Go to a DAG by the list of all."""
        self.page.get_by_role("link", name="Dags", exact=True).click()
        self.page.get_by_role("link", name=dag_id, exact=True).click()
        # The list, whose buttons have the same names, is there until the page has loaded.
        expect(self.head(dag_id)).to_be_visible(timeout=PAGE_MS)

    def trigger(self) -> str:
        """Start a run of the DAG that is shown, with its default parameters, and return its id."""
        self.page.get_by_role("button", name="Trigger Dag").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Trigger", exact=True).click()
        run = re.compile(r"/runs/(?P<run_id>[^/]+)$")
        self.page.wait_for_url(run, timeout=PAGE_MS)
        found = run.search(self.page.url)
        assert found
        return unquote(found["run_id"])

    def open_run(self, dag_id: str, run_id: str) -> None:
        """Go to a run by its address."""
        self.page.goto(f"{self.url}/dags/{dag_id}/runs/{run_id}")

    def head(self, of: str) -> Locator:
        """Return the head of the page of the DAG, run or task instance called *of*."""
        heading = self.page.get_by_role("heading", name=of, exact=True)
        return self.page.get_by_test_id("header-card").filter(has=heading)

    def state(self, of: str) -> Locator:
        """Return the state at the head of the page of the run or task instance called *of*."""
        return self.head(of).get_by_test_id("state-badge")

    def grid_cell(self, run_id: str, task_id: str) -> Locator:
        """Return the task instance in the grid."""
        return self.page.get_by_test_id(f"grid-{run_id}-{task_id}")

    def log(self) -> Locator:
        """Return the log of the task instance that is shown."""
        return self.page.get_by_test_id("virtualized-list")

    def search_log(self, words: str) -> None:
        """Look for words that stand in one line of the log, which the UI then marks."""
        self.page.get_by_test_id("log-search-input").fill(words)
        expect(self.page.get_by_text("1 of 1", exact=True)).to_be_visible(timeout=PAGE_MS)

    def keep_screenshot(self, name: str) -> None:
        """Keep what is shown if screenshots are asked for, without what only a pointer brings up."""
        if SCREENSHOTS is None:
            return
        self.page.mouse.move(0, 0)
        expect(self.page.get_by_role("tooltip")).to_have_count(0)
        expect(self.page.get_by_role("progressbar")).to_have_count(0)
        self.page.screenshot(path=Path(SCREENSHOTS, f"{name}.png"), animations="disabled")


@contextmanager
def airflow_ui(stack: Stack) -> Iterator[AirflowUi]:
    """Start a browser that has no history."""
    chromium = shutil.which(COMMAND)
    require("Chromium", present=chromium is not None)
    with sync_playwright() as playwright:
        # Chromium's sandbox refuses the superuser, as whom containers often run tests; it sees our own pages alone.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 900}, color_scheme="light")
            yield AirflowUi(page, stack.url)
        finally:
            browser.close()
