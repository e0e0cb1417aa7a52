"""Serve AWS on loopback with the stage's resources in it: `python -m airflow_on_fargate.local.aws --state .local`."""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from moto.moto_api._internal import mock_random
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from airflow_on_fargate.local.access_keys import AccessKey, IssuedKeys, owner_key, signing_key
from airflow_on_fargate.local.aws.ecs import TaskRuns
from airflow_on_fargate.local.aws.ecs_limits import EcsLimits
from airflow_on_fargate.local.aws.faults import Faults
from airflow_on_fargate.local.aws.gate import Gate, Opening
from airflow_on_fargate.local.aws.long_poll import LongPoll
from airflow_on_fargate.local.aws.objects import Objects
from airflow_on_fargate.local.aws.process import end_left_behind
from airflow_on_fargate.local.aws.role_credentials import RoleCredentials, install_role_keys
from airflow_on_fargate.local.aws.s3_requests import S3Requests
from airflow_on_fargate.local.aws.server_errors import ServerErrors
from airflow_on_fargate.local.aws.service_counts import install_service_counts
from airflow_on_fargate.local.aws.task_protection import TaskProtections
from airflow_on_fargate.local.keys import kept_keys, user_secrets
from airflow_on_fargate.local.launch import Agent
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.ports import HOST
from airflow_on_fargate.local.provision import Provision
from airflow_on_fargate.local.state import State
from airflow_on_fargate.local.template import Template

LONGEST_POLL_SEC = 2
"""A worker that stops first waits for the end of its poll, so a long one would delay `make local-down`."""


def main() -> None:
    """Create the stage's resources, then serve AWS's API until SIGTERM, which also stops the running tasks."""
    arguments = _parse()
    state = State(arguments.state.resolve())
    machine = Machine.read(state)
    template = Template(state.template(machine.stage))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    # Without a log line for each request.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)

    agent = Agent(state=state, endpoint=machine.endpoint, region=template.stack.region, containers=machine.containers)
    end_left_behind(state, containers=machine.containers)
    runs, objects = TaskRuns(agent, arguments.tasks.resolve()), Objects(state.objects)
    runs.install()
    objects.install()
    install_service_counts(state)
    install_role_keys(signing_key(state))
    moto = LongPoll(
        EcsLimits(DomainDispatcherApplication(create_backend_app), region=template.stack.region),
        region=template.stack.region,
        longest_sec=LONGEST_POLL_SEC,
    )
    agents = RoleCredentials(TaskProtections(moto, state=state), state=state, region=template.stack.region)
    # This key creates the stage's resources, before other requests are answered.
    provisioner = AccessKey.new()
    faults = Faults(S3Requests(agents, state=state), state=state)
    opening = Opening(faults, access_key=provisioner.id)
    keys = IssuedKeys((owner_key(state), provisioner), signing_key(state))
    gate = Gate(opening, state=state, host=f"{HOST}:{machine.aws_port}", keys=keys)
    server = make_server(HOST, machine.aws_port, ServerErrors(gate), threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # Resources get the same ids again after a crash, because running processes know them.
    mock_random.seed(0)
    Provision(
        template,
        machine=machine,
        state=state,
        access_key=provisioner,
        keys=kept_keys(state),
        user_secrets=user_secrets(state),
    ).run()
    mock_random.seed(None)
    objects.load(template.stack.region)
    opening.open()
    state.provisioned.touch()
    try:
        signal.pause()
    finally:
        runs.stop_all()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m airflow_on_fargate.local.aws", description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--tasks", type=Path, default=Path("tasks"), help="the folder with a folder for each task")
    return parser.parse_args()


if __name__ == "__main__":
    main()
