"""A task that writes down when its first line ran."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import dag, get_current_context, task


@dag(schedule=None, start_date=datetime(2025, 1, 1, tzinfo=UTC), params={"file": "/dev/null"})
def starts() -> None:
    """Run one task."""

    @task
    def note() -> None:
        """Write the time, and the file with this code, to the file of the run."""
        began = time.time()
        line = {"began": began, "code": __file__}
        Path(get_current_context()["params"]["file"]).write_text(json.dumps(line))

    note()


starts()
