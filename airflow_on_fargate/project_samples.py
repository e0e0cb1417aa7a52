"""The files of a new project that this repository uses itself; the build of the wheel (`hatch_build.py`) reads them."""

TEMPLATE = "airflow_on_fargate/project_template"
"""The folder with the other files of a new project. In a wheel it has the samples too."""
SAMPLES = {
    "dags/test_dag.py": "dags/test_dag.py",
    "main.py": "main.py",
    "package-lock.json": "package-lock.json",
    "package.json": "package.json",
    "stages.py": "stages.py",
    "tasks/README.md": "tasks/README.md",
    "tasks/multi_task": "tasks/multi_task",
    "tasks/number_task": "tasks/number_task",
    "tests": "dag_tests",
}
"""Files and folders: path in a new project, and in the repository."""
