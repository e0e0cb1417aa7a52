"""The settings of a stage: defaults, and the refusal of each wrong value."""

import pytest

from constructs_lib import settings
from constructs_lib.settings.capacity import TaskSize
from constructs_lib.settings.process_settings import ProcessSettings
from constructs_lib.settings.secret import KeyVersions
from constructs_lib.settings.settings import Settings
from constructs_lib.settings.worker_pool import WorkerPool
from constructs_lib.shared.bad_input import BadInputError, models_in
from tests.refused_settings import ADDRESS, REFUSED


def test_every_setting_has_its_refusals() -> None:
    """Every setting has a refused value in the tests."""
    assert REFUSED.keys() == Settings.model_fields.keys()


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [(key, value, expected) for key, refused in REFUSED.items() for value, expected in refused],
)
def test_a_wrong_value_is_refused_in_one_sentence(key: str, value: object, expected: str) -> None:
    """A wrong value is one sentence with file, stage, key, value and what is allowed."""
    with pytest.raises(BadInputError) as refused:
        Settings.model_validate({"stage": "dev"} | {key: value})

    stage = value if key == "stage" else "dev"
    sentence = str(refused.value)
    assert sentence.startswith(f"stages.py, stage {stage!r}: {key}")
    assert expected in sentence
    assert "\n" not in sentence
    # What may be a password is not repeated.
    assert "hidden" not in sentence


@pytest.mark.parametrize("key", ["ref", "folder", "secret"])
def test_an_address_is_only_the_url_of_a_bundle(key: str) -> None:
    """A bundle refuses an address in another field, also outside of the settings, without repeating a password."""
    with pytest.raises(ValueError, match=f"{key} must not contain an address such as https://") as refused:
        settings.DagsInGit(**{"url": "https://example.com/dags", key: ADDRESS})  # type: ignore[arg-type] # any field

    assert "hidden" not in str(refused.value)


def test_a_misspelt_key_gets_the_nearest_right_one() -> None:
    """A misspelled key gets the most similar one, also if another value is wrong."""
    with pytest.raises(BadInputError, match=r"stage 'dev': vpc_cdir is unknown; did you mean 'vpc_cidr'\?$"):
        Settings.model_validate({"stage": "dev", "vpc_cdir": "10.0.0.0/16", "region": "x"})


def test_the_stage_is_all_that_is_required() -> None:
    """Only the stage's name is required."""
    settings = Settings(stage="dev")

    assert settings.name == "airflow-dev"
    assert (settings.topology, settings.nat, settings.availability_zones) == ("compact", "single", 2)
    assert (settings.allowed_cidrs, settings.protected, settings.execute_command) == ((), False, False)
    with pytest.raises(BadInputError, match=r"stages.py, stage None: stage is required$"):
        Settings.model_validate({})


def test_settings_are_frozen() -> None:
    """A stage cannot be changed after its validation."""
    with pytest.raises(Exception, match="frozen"):
        Settings(stage="dev").stage = "prod"  # type: ignore[misc] # which mypy refuses, too


def test_networks_are_written_as_aws_writes_them() -> None:
    """A network with a netmask becomes one with a prefix."""
    settings = Settings(stage="dev", vpc_cidr="10.0.0.0/255.255.240.0", allowed_cidrs=("203.0.113.7",))

    assert (settings.vpc_cidr, settings.allowed_cidrs) == ("10.0.0.0/20", ("203.0.113.7/32",))


def test_a_process_without_settings_has_the_defaults() -> None:
    """A process without settings has the defaults."""
    triggerer = ProcessSettings(count=3, size=TaskSize(cpu=2048, memory_mib=4096))
    settings = Settings(stage="dev", topology="split", processes={"triggerer": triggerer})

    assert settings.process("triggerer") == triggerer
    assert settings.process("scheduler") == ProcessSettings()


def test_the_topology_says_where_the_workers_are() -> None:
    """`split` requires a pool `default`, and `compact` has a worker or that pool."""
    compact, split = Settings(stage="dev"), Settings(stage="dev", topology="split")
    beside = Settings(stage="dev", worker_pools={"spot": WorkerPool(slots=2, max=5)})
    instead = Settings(stage="dev", worker_pools={"default": WorkerPool(max=1, architecture="ARM64")})

    assert [each.has_compact_worker for each in (compact, split, beside, instead)] == [True, False, True, False]
    assert [dict(each.worker_pools) for each in (compact, split)] == [{}, {"default": WorkerPool()}]
    assert [each.queues for each in (compact, split, beside)] == [("default",), ("default",), ("default", "spot")]
    assert [each.max_slots for each in (compact, split, beside, instead)] == [
        {"default": 4},
        {"default": 40},
        {"default": 4, "spot": 10},
        {"default": 4},
    ]
    assert [each.architectures for each in (beside, instead)] == [("X86_64",), ("X86_64", "ARM64")]


def test_secrets_begin_with_version_1() -> None:
    """The version of every secret starts with 1."""
    assert set(KeyVersions().model_dump().values()) == {1}


def test_every_model_of_a_stage_is_a_public_name() -> None:
    """Every model of a stage can be imported from `constructs_lib.settings`."""
    models = models_in(Settings)

    assert sorted(settings.__all__) == sorted(models)
    assert {name: getattr(settings, name) for name in settings.__all__} == models


def test_there_are_no_other_public_names() -> None:
    """A misspelled import from `constructs_lib.settings` fails with its name."""
    with pytest.raises(AttributeError, match=r"^module 'constructs_lib.settings' has no attribute 'Setings'$"):
        settings.Setings  # noqa: B018 the look-up is what is tested
