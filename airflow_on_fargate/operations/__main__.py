"""Look after a stage in AWS: `python -m airflow_on_fargate.operations --help`."""

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
from airflow_on_fargate.operations.waiting import CLOCK, OperationError, say
from airflow_on_fargate.operations.watch import Watch
from constructs_lib.iam.aws_session import aws_session
from constructs_lib.shared.bad_input import BadInputError

STACKS = Path("cdktf.out/stacks")
INTERRUPTED = 130
"""The exit code of a program that Ctrl-C has ended."""
PATIENCE = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 8})
"""A line that is gone for a minute or a request that AWS puts off must not end a watch."""


class Verb(NamedTuple):
    """What a verb does, what is so when Ctrl-C leaves it, and the target of make that asks for it, if not its own."""

    help: str
    left: str
    target: str | None = None


VERBS = {
    "status": Verb("tell how each service stands", "nothing was changed"),
    "watch": Verb(
        "tell what ECS does until the core processes have taken a deployment",
        "ECS goes on by itself, make status STAGE={stage} tells how it stands",
        target="deploy",
    ),
    "pause": Verb("stop workers, core processes and database", "make pause STAGE={stage} goes on from here"),
    "resume": Verb(
        "start database, core processes and workers", "make resume STAGE={stage} goes on from here", "resume"
    ),
    "stop-tasks": Verb(
        "stop all tasks, before make destroy", "make destroy STAGE={stage} goes on from here", "destroy"
    ),
    "airflow": Verb("run a command of Airflow's in a stage", "the command may go on in its container"),
    "refuse-paused": Verb(
        "say in one sentence whether the stage has to be woken first", "nothing was changed", "deploy"
    ),
}


def main() -> None:
    """Do what is asked; what cannot be done is one sentence and exit code 1."""
    asked = _parse()
    try:
        _do(asked, ComposedStage.read(asked.stage, STACKS))
    except (BadInputError, OperationError) as error:
        sys.exit(f"error: {error}")
    except (BotoCoreError, ClientError) as error:
        target = VERBS[asked.verb].target or asked.verb
        sys.exit(f"error: AWS does not answer make {target} of airflow-{asked.stage}: {error}")
    except KeyboardInterrupt:
        print(f"\nleft; {VERBS[asked.verb].left}".format(stage=asked.stage), file=sys.stderr)
        sys.exit(INTERRUPTED)


def _do(asked: argparse.Namespace, stage: ComposedStage) -> None:
    session = aws_session(stage.region, stage.assume_role_arn, name=f"make-{asked.verb}")
    ecs = session.client("ecs", config=PATIENCE)
    rds, scheduler = session.client("rds", config=PATIENCE), session.client("scheduler", config=PATIENCE)
    scaling = session.client("application-autoscaling", config=PATIENCE)
    services, running = Services(stage, ecs), RunningParameter(stage, session.client("ssm", config=PATIENCE))
    database = StageDatabase(stage, rds, scheduler, tell=say, clock=CLOCK)
    switch = Switch(services, running, database, ecs=ecs, scaling=scaling, tell=say, clock=CLOCK)
    match asked.verb:
        case "status":
            running.tell(say)
            Watch(services).look()
        case "watch":
            Watch(services).until_complete()
        case "pause":
            switch.pause(force=asked.force)
        case "resume":
            switch.resume()
        case "stop-tasks":
            stopping = StopTasks(stage, running, ecs=ecs, tell=say, clock=CLOCK)
            stopping.stop((lambda _: True) if asked.auto_approve else ask)
        case "airflow":
            words = command_words([f"{LINE}{asked.line}"] if asked.line else asked.words)
            sys.exit(AirflowCommand(services, session).run(words))
        case _:
            running.refuse_paused()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m airflow_on_fargate.operations", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, verb in VERBS.items():
        of = verbs.add_parser(name, help=verb.help)
        of.add_argument("stage", help="one of stages.py")
        if name == "pause":
            of.add_argument("--force", action="store_true", help="do not wait for work that runs")
        if name == "airflow":
            of.add_argument("words", nargs=argparse.REMAINDER, help="the command's, such as dags list")
            of.add_argument(LINE.removesuffix("="), help="the words as a line of text")
        if name == "stop-tasks":
            of.add_argument("--auto-approve", action="store_true", help="do not ask")
    return parser.parse_args()


if __name__ == "__main__":
    main()
