"""What `python main.py` does."""

import json

import pytest

from constructs_lib import stages as stages_file
from constructs_lib.settings import Settings
from tests.variants import main

DEV = Settings(stage="dev", state_bucket="states")
PROD = Settings(stage="prod", state_bucket="states", protected=True)


@pytest.fixture(autouse=True)
def _two_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages_file, "STAGES", (DEV, PROD))
    monkeypatch.delenv("TF_STATE_BUCKET", raising=False)


def test_an_allowed_action_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """`check` says nothing if the action may go on."""
    main.main(["check", "destroy", "dev"])

    assert capsys.readouterr().out == ""


def test_a_refused_action_is_one_sentence() -> None:
    """The program ends with it, and exit code 1."""
    with pytest.raises(SystemExit, match=r"^error: cannot destroy airflow-prod: it is protected; .*"):
        main.main(["check", "destroy", "prod"])


def test_a_policy_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """For the stage that is named, as JSON."""
    main.main(["policy", "plan", "dev"])

    assert (
        "arn:aws:s3:::states/airflow-dev/terraform.tfstate"
        in json.loads(capsys.readouterr().out)["Statement"][-2]["Resource"]
    )
