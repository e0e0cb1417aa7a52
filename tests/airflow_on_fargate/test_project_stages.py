"""The stages of stages.py, and what must not be done with them."""

from collections.abc import Callable
from typing import get_args

import pytest

import stages as stages_file
from airflow_on_fargate.project_stages import Action, find_stage, load_stages, refuse
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError

DEV = Settings(stage="dev")
PROD = Settings(stage="prod", protected=True, state_bucket="prods")


@pytest.fixture(autouse=True)
def _two_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages_file, "STAGES", (DEV, PROD))


class TestLoadStages:
    def test_stages_come_by_name(self) -> None:
        """Stages are returned by name in the order of the file."""
        assert load_stages(None) == {"dev": DEV, "prod": PROD}

    def test_the_environments_bucket_comes_first(self) -> None:
        """TF_STATE_BUCKET overrides the bucket of all stages."""
        assert [settings.state_bucket for settings in load_stages("states").values()] == ["states", "states"]

    def test_an_empty_name_is_none(self) -> None:
        """An empty TF_STATE_BUCKET counts as not set."""
        assert load_stages("") == load_stages(None)

    def test_a_wrong_name_is_refused(self) -> None:
        """A wrong name of a bucket in the environment is refused, and the sentence names the variable."""
        with pytest.raises(
            BadInputError, match=r"^TF_STATE_BUCKET in the environment: must be a bucket's name: .*'A_B'$"
        ):
            load_stages("A_B")

    def test_a_stage_is_there_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two stages with the same name are refused."""
        monkeypatch.setattr(stages_file, "STAGES", (DEV, DEV))

        with pytest.raises(BadInputError, match=r"stage 'dev' is defined twice; give each stage its own name$"):
            load_stages(None)


class TestStateBuckets:
    @pytest.fixture(name="stages")
    def _stages(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        def write(*, state_bucket: str = "states", state_region: str | None = None) -> None:
            monkeypatch.setattr(
                stages_file,
                "STAGES",
                (
                    Settings(stage="dev", state_bucket="states"),
                    Settings(stage="other"),
                    Settings(stage="london", region="eu-west-2", state_bucket=state_bucket, state_region=state_region),
                ),
            )

        return write

    def test_one_bucket_is_in_one_region(self, stages: Callable[..., None]) -> None:
        """A bucket in two regions is refused with both stages, the bucket and what to do."""
        stages()

        with pytest.raises(
            BadInputError,
            match=r"^stages.py: state_bucket 'states' can only be in one region, got 'us-east-1' for stage 'dev'"
            r" and 'eu-west-2' for stage 'london'; set state_region in both, or give each stage its own bucket$",
        ):
            load_stages(None)

    @pytest.mark.parametrize("london", [{"state_region": "us-east-1"}, {"state_bucket": "london-states"}])
    def test_stages_of_two_regions_fit_together(self, stages: Callable[..., None], london: dict[str, str]) -> None:
        """Stages in two regions are accepted with the bucket's region, or with a bucket for each."""
        stages(**london)

        assert load_stages(None).keys() == {"dev", "other", "london"}

    def test_the_environments_bucket_is_that_of_one_stage(self, stages: Callable[..., None]) -> None:
        """TF_STATE_BUCKET is checked only against the stage that is deployed."""
        stages()

        assert load_stages("london-states")["london"].state_bucket == "london-states"


class TestFindStage:
    def test_it_is_found_by_name(self) -> None:
        """A stage is found by its name."""
        assert find_stage(load_stages(None), "prod").stage == "prod"

    @pytest.mark.parametrize(
        ("name", "hint"), [("prd", r"did you mean 'prod'\?"), ("x", "allowed are dev, prod"), ("", "allowed are")]
    )
    def test_another_name_is_refused_with_the_nearest(self, name: str, hint: str) -> None:
        """An unknown stage is refused with the most similar one and the file."""
        with pytest.raises(BadInputError, match=rf"^stage '{name}' is not in stages.py; {hint}"):
            find_stage(load_stages(None), name)


class TestRefuse:
    @pytest.mark.parametrize("action", get_args(Action))
    def test_no_action_without_a_bucket(self, action: Action) -> None:
        """An action on a stage without a state bucket is refused with TF_STATE_BUCKET and `make bootstrap`."""
        with pytest.raises(BadInputError) as refused:
            refuse(action, DEV)

        sentence = str(refused.value)
        assert sentence.startswith(f"cannot {action} airflow-dev: it has no bucket for the Terraform state:")
        assert "TF_STATE_BUCKET" in sentence
        assert "airflow-fargate bootstrap --stage dev" in sentence

    def test_a_protected_stage_is_not_destroyed(self) -> None:
        """Destroying a protected stage is refused with what allows it."""
        with pytest.raises(BadInputError, match=r"^cannot destroy airflow-prod: it is protected; .* protected=False"):
            refuse("destroy", PROD)

    def test_everything_else_goes_on(self) -> None:
        """A protected stage can be deployed, and an unprotected one destroyed."""
        refuse("plan", PROD)
        refuse("deploy", PROD)
        refuse("bootstrap", PROD)
        refuse("destroy", DEV.model_copy(update={"state_bucket": "states"}))
