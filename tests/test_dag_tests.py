"""The tests of DAGs in `dag_tests/`, run as `make test-dags` runs them."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clone import PROJECT, Clone
from tests.requirements_of_machine import require

DAG_TESTS = list((PROJECT / "dag_tests").glob("test_*.py"))


@pytest.mark.airflow
def test_they_find_what_is_wrong_and_touch_nothing_else(tmp_path: Path) -> None:
    """The tests of DAGs report a queue without a worker, and touch neither `~/airflow` nor `.local` nor AWS."""
    require("Airflow", present=importlib.util.find_spec("airflow") is not None)
    project, home = tmp_path / "project", tmp_path / "home"
    home.mkdir()
    Clone.make(project)
    shutil.copytree(PROJECT / "dag_tests", project / "dag_tests", ignore=shutil.ignore_patterns("__pycache__"))
    right = (PROJECT / "dags/test_dag.py").read_text()
    wrong = right.replace('"Test_Dag"', '"wrong"').replace('task="number_task"', 'task="number_task", queue="spto"')
    (project / "dags/wrong.py").write_text(wrong)

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--no-cov", "-q", "-n", "0", "dag_tests"],
        cwd=project,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "AIRFLOW_HOME": str(home / "elsewhere")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "has queue='spto', which no worker serves; the queues are default" in run.stdout, run.stdout + run.stderr
    assert run.stdout.splitlines()[-1].startswith("1 failed, 2 passed"), run.stdout
    assert list(home.iterdir()) == []
    assert not (project / ".local").exists()


def test_the_example_of_the_documents_is_the_sample() -> None:
    """The examples in the page are the code of dag_tests/."""
    page = (PROJECT / "docs/testing-dags.md").read_text()
    shown = "".join(each.partition("```")[0] for each in page.split("```python\n")[1:])

    tests = re.findall(r"^def .*?(?=\n\n\n|\Z)", shown, re.DOTALL | re.MULTILINE)

    assert len(tests) > 1
    assert [each for each in tests if not any(each.strip() in file.read_text() for file in DAG_TESTS)] == []
