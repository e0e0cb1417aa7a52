"""Operate a deployed stage: `python -m airflow_on_fargate.operations --help`."""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from airflow_on_fargate.command_words import LINE, command_words
from airflow_on_fargate.operations.airflow_command import AirflowCommand
from airflow_on_fargate.operations.composed_stage import ComposedStage
from airflow_on_fargate.operations.database import StageDatabase
from airflow_on_fargate.operations.running import RunningParameter
from airflow_on_fargate.operations.services import Services
from airflow_on_fargate.operations.stop_tasks import StopTasks, ask
from airflow_on_fargate.operations.switch import Switch
from airflow_on_fargate.operations.waiting import CLOCK, OperationError, print_line
from airflow_on_fargate.operations.watch import Watch
from constructs_lib.iam.aws_session import aws_session
from constructs_lib.shared.bad_input import BadInputError

STACKS = Path("cdktf.out/stacks")
INTERRUPTED = 130
"""The exit code of a program that was ended by Ctrl-C, as shells report it."""
PATIENCE = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 8})
"""A connection that fails for a minute, or a throttled request, must not end a watch."""


class Verb(NamedTuple):
    """A verb: its help, the text after Ctrl-C, and the make target that uses it, if it has another name."""

    help: str
    after_interrupt: str
    target: str | None = None


VERBS = {
    "status": Verb("show the state of each service", "nothing was changed"),
    "watch": Verb(
        "report what ECS does until the core processes run the new version",
        "the deployment continues; make status STAGE={stage} shows its state",
        "deploy",
    ),
    "pause": Verb(
        "stop the workers, the core processes and the database", "make pause STAGE={stage} continues from here"
    ),
    "resume": Verb(
        "start the database, the core processes and the workers", "make resume STAGE={stage} continues from here"
    ),
    "stop-tasks": Verb(
        "stop all tasks, before make destroy", "make destroy STAGE={stage} continues from here", "destroy"
    ),
    "airflow": Verb(
        "run a command of Airflow's CLI in a stage", "the command may still run in the container of the dag-processor"
    ),
    "refuse-paused": Verb("fail if the stage is paused", "nothing was changed", "deploy"),
}


def main() -> None:
    """Run a verb; a failure is one sentence and exit code 1."""
    arguments = _parse()
    try:
        _run(arguments, ComposedStage.read(arguments.stage, STACKS))
    except (BadInputError, OperationError) as error:
        sys.exit(f"error: {error}")
    except (BotoCoreError, ClientError) as error:
        target = VERBS[arguments.verb].target or arguments.verb
        sys.exit(f"error: make {target} of airflow-{arguments.stage} failed, because a call of AWS failed: {error}")
    except KeyboardInterrupt:
        after = VERBS[arguments.verb].after_interrupt.format(stage=arguments.stage)
        print(f"\ninterrupted; {after}", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _run(arguments: argparse.Namespace, stage: ComposedStage) -> None:
    session = aws_session(stage.region, stage.assume_role_arn, name=f"make-{arguments.verb}")
    ecs = session.client("ecs", config=PATIENCE)
    rds, scheduler = session.client("rds", config=PATIENCE), session.client("scheduler", config=PATIENCE)
    scaling = session.client("application-autoscaling", config=PATIENCE)
    services, running = Services(stage, ecs), RunningParameter(stage, session.client("ssm", config=PATIENCE))
    database = StageDatabase(stage, rds, scheduler, report=print_line, clock=CLOCK)
    switch = Switch(services, running, database, ecs=ecs, scaling=scaling, report=print_line, clock=CLOCK)
    match arguments.verb:
        case "status":
            running.report_pause(print_line)
            Watch(services).report_states()
        case "watch":
            Watch(services).until_complete()
        case "pause":
            switch.pause(force=arguments.force)
        case "resume":
            switch.resume()
        case "stop-tasks":
            stopping = StopTasks(stage, running, ecs=ecs, report=print_line, clock=CLOCK)
            stopping.stop((lambda _: True) if arguments.auto_approve else ask)
        case "airflow":
            words = command_words([f"{LINE}{arguments.line}"] if arguments.line else arguments.words)
            sys.exit(AirflowCommand(services, session).run(words))
        case _:
            running.refuse_paused()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m airflow_on_fargate.operations", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, verb in VERBS.items():
        verb_parser = verbs.add_parser(name, help=verb.help)
        verb_parser.add_argument("stage", help="a stage of stages.py")
        if name == "pause":
            verb_parser.add_argument("--force", action="store_true", help="do not wait until running tasks end")
        if name == "airflow":
            verb_parser.add_argument(
                "words", nargs=argparse.REMAINDER, help="the words of the command, such as dags list"
            )
            verb_parser.add_argument(LINE.removesuffix("="), help="the words as one line of text")
        if name == "stop-tasks":
            verb_parser.add_argument("--auto-approve", action="store_true", help="do not ask")
    return parser.parse_args()


if __name__ == "__main__":
    main()
