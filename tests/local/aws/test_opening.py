import threading
import time
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from airflow_on_fargate.local.aws import gate
from tests.local.aws.endpoint import Endpoint

SUBNETS = 40


def subnet_ids(endpoint: Endpoint) -> set[str]:
    """Return the ids of the stage's subnets."""
    described = endpoint.client("ec2").describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.0.*"]}])
    return {subnet["SubnetId"] for subnet in described["Subnets"]}


def test_who_asks_while_the_resources_are_made_waits_and_changes_nothing(own_endpoint: Endpoint) -> None:
    """A client that calls while resources are created waits, and sees the same ids after a crash."""
    own_endpoint.stop()
    own_endpoint.write_template(aws_subnet={f"subnet-{number}": {} for number in range(SUBNETS)})
    own_endpoint.start()
    known = subnet_ids(own_endpoint)
    own_endpoint.process.kill()
    own_endpoint.process.wait()
    answers: list[str] = []
    ended = threading.Event()

    def ask() -> None:
        sts = own_endpoint.client("sts")
        while not ended.is_set():
            try:
                sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/any", RoleSessionName="any")
            except BotoCoreError:
                time.sleep(0.01)
            except ClientError as error:
                answers.append(str(error))
            else:
                answers.append("credentials")

    asking = threading.Thread(target=ask)
    asking.start()
    own_endpoint.start()
    ended.set()
    asking.join()

    assert len(known) == SUBNETS
    assert subnet_ids(own_endpoint) == known
    assert set(answers) == {"credentials"}


def test_who_waits_for_too_long_gets_an_error_that_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that waits too long gets the status 503, and the creator of the resources never waits."""
    monkeypatch.setattr(gate, "LIMIT_SEC", 0.05)
    started: list[Any] = []
    opening = gate.Opening(lambda *_: [b"answer"], access_key="mine")

    def ask(key: str) -> list[bytes]:
        return list(opening({"HTTP_AUTHORIZATION": f"Credential={key}/"}, lambda *values: started.append(values)))

    assert (ask("other"), started) == ([], [("503 Service Unavailable", [])])
    assert ask("mine") == [b"answer"]
    opening.open()
    assert ask("other") == [b"answer"]
