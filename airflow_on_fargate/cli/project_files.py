"""The commands on the project itself: new tasks, and what its settings mean for a day of tasks."""

from pathlib import Path
from typing import Annotated

import typer

from airflow_on_fargate.advice import advised
from airflow_on_fargate.cli.options import STAGE, AsJson, Stage, example, whole_number
from airflow_on_fargate.cli.stages import write_stages
from airflow_on_fargate.project import STACKS, project_folder


def add_to(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command(epilog=example("init", "my-airflow"))(init)
    app.command(epilog=example("new-task", "my_task"))(new_task)
    app.command(epilog=example("diagram", "--stage prod --to docs"))(diagram)
    app.command(epilog=example("simulate", "--stage prod --history history.csv"))(simulate)


def init(folder: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="FOLDER")]) -> None:
    """Create a project: main.py, stages.py, dags/, tasks/, tests."""
    from airflow_on_fargate.new_project import new_project  # noqa: PLC0415 imports pydantic

    print(new_project(folder))


def new_task(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Lower-case letters and digits in words joined by '_' or '-'.")
    ],
) -> None:
    """Create a folder in tasks/ from the template."""
    from airflow_on_fargate.new_task import NEXT, new_task  # noqa: PLC0415 imports pydantic
    from airflow_on_fargate.project_stages import load_stages  # noqa: PLC0415 as above

    stages = load_stages(None)
    new_task(project_folder() / "tasks", name, stages=stages)
    stage = next(iter(stages))
    commands = {"local": advised("local up"), "plan": advised("plan", stage), "deploy": advised("deploy", stage)}
    print(NEXT.format(name=name, **commands))


def diagram(
    *,
    stage: Annotated[str | None, STAGE] = None,
    to: Annotated[
        Path, typer.Option("--to", metavar="FOLDER", help="Where architecture-STAGE.png is written.")
    ] = Path(),
) -> None:
    """
    Draw the architecture of a stage, or of all.

    Needs Graphviz and the extra diagram.
    """
    from airflow_on_fargate.diagram.drawing import write_diagrams  # noqa: PLC0415 imports pydantic
    from airflow_on_fargate.output_path import check_output_folder  # noqa: PLC0415 as above

    check_output_folder("--to", to)
    write_stages(quiet=True)
    for file in write_diagrams(stage, stacks=STACKS, folder=to):
        print(file)


def simulate(
    *,
    stage: Stage = "prod",
    pool: Annotated[str, typer.Option("--pool", metavar="NAME", help="One of its worker pools.")] = "default",
    minimum: Annotated[
        int | None, typer.Option("--min", parser=whole_number, metavar="N", help="Simulate another min of the pool.")
    ] = None,
    maximum: Annotated[
        int | None, typer.Option("--max", parser=whole_number, metavar="N", help="Simulate another max of the pool.")
    ] = None,
    workload: Annotated[
        list[str] | None,
        typer.Option("--workload", metavar="NAME", help="Only this workload, such as spiky; by default all."),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option("--history", metavar="CSV", help="Simulate your own tasks: the result of history.sql as CSV."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", parser=whole_number, metavar="N", help="The seed of the random numbers.")
    ] = 1,
    picture: Annotated[Path | None, typer.Option("--picture", metavar="SVG", help="Also draw the result.")] = None,
    as_json: AsJson = False,
) -> None:
    """
    Simulate how a stage's workers scale with its tasks.

    Prints the figures of a day with the stage's own scaling, beside scaling by CPU and a fixed fleet.
    """
    from airflow_on_fargate.output_path import check_output_file  # noqa: PLC0415 imports pydantic

    if picture:
        check_output_file("--picture", picture)
    write_stages(quiet=True)
    from airflow_on_fargate.simulator.figures import Day, simulate_day  # noqa: PLC0415 as above

    day = Day(
        stage=stage,
        pool=pool,
        minimum=minimum,
        maximum=maximum,
        workloads=workload or (),
        history=history,
        seed=seed,
    )
    simulate_day(day, project=project_folder(), stacks=STACKS, picture=picture, as_json=as_json)
