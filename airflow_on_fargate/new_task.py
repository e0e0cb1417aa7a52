"""Create a folder in `tasks/` from the template."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from airflow_on_fargate.output_path import check_output_folder
from airflow_on_fargate.template_files import files_below, write_copy
from constructs_lib.engine.names import aws_name
from constructs_lib.settings.task_folder import check_task_name
from constructs_lib.shared.bad_input import BadInputError

TEMPLATE = Path(__file__).parent / "task_template"

NEXT = """\
Created tasks/{name}. Next:
  1. Write the task in tasks/{name}/main.py. Its CPU, memory and permissions are in tasks/{name}/task.toml.
  2. Start it from a DAG:

       from airflow_fargate import FargateTaskOperator

       FargateTaskOperator(task_id="{name}", task="{name}")

  3. {local} runs it on this machine. {plan} shows its AWS resources, and
     {deploy} creates them."""


def new_task(tasks: Path, name: str, *, stages: Iterable[str]) -> None:
    """
    Create the folder *name* in *tasks* from the template, or nothing if that fails.

    Raises:
        BadInputError: the name is used already, AWS would refuse it in one of *stages*, or *tasks* cannot be written.

    """
    for stage in stages:
        check_task_name(name, stage=stage)
    if tasks.exists() and not tasks.is_dir():
        msg = "tasks must be a folder; every folder in it is built into a container image"
        raise BadInputError(msg)
    check_output_folder("tasks", tasks)
    for other in tasks.iterdir() if tasks.exists() else ():
        if aws_name(other.name) == aws_name(name):
            msg = f"tasks/{other.name} already exists" + (
                "" if other.name == name else f", and tasks/{name} would have the same name on AWS"
            )
            raise BadInputError(msg)
    try:
        tasks.mkdir(exist_ok=True)
        # Copied to a hidden folder first, which is not a task for `make synth`.
        with tempfile.TemporaryDirectory(dir=tasks, prefix=".new-") as beside:
            made = Path(beside) / name
            for path, source in files_below(TEMPLATE):
                write_copy(made / path, source)
            made.rename(tasks / name)
    except OSError as error:
        msg = f"tasks/{name} cannot be created: {error.strerror}"
        raise BadInputError(msg) from error
