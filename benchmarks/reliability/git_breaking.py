"""Change the Git repository of a stack's DAGs while the stack works, and take it away."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from airflow_on_fargate.local.access_keys import owner_key
from airflow_on_fargate.local.credentials import client
from airflow_on_fargate.local.machine import Machine
from benchmarks.dag_bundles.git_remote import SECRET
from benchmarks.reliability.breaking import AWAY_SEC
from benchmarks.reliability.bundle_breaking import file, wait_until_current
from benchmarks.reliability.stack import Stack
from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.settings.processes import DAG_PROCESSOR


def _commit(stack: Stack) -> str:
    path = file(stack)
    name = str(path.relative_to(stack.dags.parent))
    return stack.remote.repository.commit({name: f"{path.read_text()}# {uuid4()}\n"})


def push(stack: Stack) -> None:
    """Push a commit in which the DAG's file has changed, and wait until the DAG has it."""
    wait_until_current(stack, _commit(stack))


def push_and_lose_remote(stack: Stack) -> None:
    """Take the remote away before the dag-processor has seen the new commit."""
    stack.remote.server.switch_off()
    commit = _commit(stack)
    time.sleep(AWAY_SEC)
    stack.remote.server.switch_on()
    wait_until_current(stack, commit)


@contextmanager
def remote_away_for_new_commit(stack: Stack) -> Iterator[None]:
    """Let the DAG have a commit that the worker does not have, and the remote be away when its tasks start."""
    push(stack)
    stack.remote.server.switch_off()
    timer = threading.Timer(AWAY_SEC, stack.remote.server.switch_on)
    timer.start()
    yield
    timer.join()
    push(stack)


@contextmanager
def password_changes_for_new_commit(stack: Stack) -> Iterator[None]:
    """Let the DAG have a commit that the worker does not have, and the secret have the old password at first."""
    push(stack)
    stack.remote.server.password, stack.remote.server.refused = uuid4().hex, 0
    timer = threading.Timer(AWAY_SEC, _store_password, [stack])
    timer.start()
    yield
    timer.join()
    push(stack)


def _store_password(stack: Stack) -> None:
    machine = Machine.read(stack.state)
    region = SynthesizedStack.read(stack.state.template(machine.stage)).region
    manager = client("secretsmanager", key=owner_key(stack.state), endpoint=machine.endpoint, region=region)
    manager.put_secret_value(SecretId=SECRET, SecretString=stack.remote.server.password)


def not_missed(stack: Stack) -> str:
    """Return a problem if the dag-processor has not missed the remote."""
    is_missed = f"{stack.remote.url}: unable to access" in stack.log_of(DAG_PROCESSOR.name)
    return "" if is_missed else "the dag-processor has not asked the remote while it was away"


def not_refused(stack: Stack) -> str:
    """Return a problem if the remote has refused nobody."""
    return "" if stack.remote.server.refused else "the remote has refused nobody"
