"""Look after a stage in AWS: `python -m operations --help`."""

import argparse
import sys
from pathlib import Path

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.aws_session import aws_session
from constructs_lib.bad_input import BadInputError
from operations.composed_stage import ComposedStage
from operations.services import Services
from operations.watch import RolloutError, Watch

STACKS = Path("cdktf.out/stacks")
INTERRUPTED = 130
"""The exit code of a program that Ctrl-C has ended."""
PATIENCE = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 8})
"""A line that is gone for a minute or a request that AWS puts off must not end a watch."""


def main() -> None:
    """Do what is asked; what cannot be done is one sentence and exit code 1."""
    asked = _parse()
    try:
        stage = ComposedStage.read(asked.stage, STACKS)
        session = aws_session(stage.region, stage.assume_role_arn, name=f"make-{asked.verb}")
        watch = Watch(Services(stage, session.client("ecs", config=PATIENCE)))
        if asked.verb == "status":
            watch.look()
        else:
            watch.until_complete()
    except (BadInputError, RolloutError) as error:
        sys.exit(f"error: {error}")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"error: AWS does not tell how airflow-{asked.stage} stands: {error}")
    except KeyboardInterrupt:
        print(f"\nleft; ECS goes on by itself, make status STAGE={asked.stage} tells how it stands", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m operations", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    status = verbs.add_parser("status", help="tell how each service stands")
    watch = verbs.add_parser("watch", help="tell what ECS does until the core processes have taken a deployment")
    for verb in (status, watch):
        verb.add_argument("stage", help="one of constructs_lib/stages.py")
    return parser.parse_args()


if __name__ == "__main__":
    main()
