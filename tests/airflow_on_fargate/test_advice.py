import pytest

from airflow_on_fargate import advice
from airflow_on_fargate.advice import FORM, advised, advised_option
from tests.command import command


@pytest.fixture(autouse=True)
def _form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FORM, "make", False)


@pytest.mark.parametrize(
    ("words", "stage", "program", "force", "in_make"),
    [
        ("deploy", "dev", "", False, "make deploy STAGE=dev"),
        ("images push", "dev", "", False, "make push-images STAGE=dev"),
        ("pause", "dev", "", True, "make pause STAGE=dev FORCE=1"),
        ("local up", "", "", False, "make local"),
        ("local down", "", "", False, "make local-down"),
        ("local logs", "", "worker", False, "make local-logs PROCESS=worker"),
    ],
)
def test_a_command_has_the_form_in_which_the_user_runs_them(
    words: str, stage: str, program: str, *, force: bool, in_make: str
) -> None:
    """The same command is advised as one of `airflow-fargate`, and as a target if make has started the program."""
    options = f"{f' --stage {stage}' if stage else ''}{f' {program}' if program else ''}{' --force' if force else ''}"

    assert advised(words, stage, program=program, force=force) == f"airflow-fargate {words}{options}"
    FORM.make = True
    assert advised(words, stage, program=program, force=force) == in_make


def test_a_bundle_and_the_local_stack_are_advised_in_both_forms() -> None:
    """A command on a bundle has its name, and the option of the local stack."""
    words = "dags rollback"

    assert advised(words, "dev", bundle="a", local=True) == f"airflow-fargate {words} --stage dev --bundle a --local"
    FORM.make = True
    assert advised(words, "dev", bundle="a", local=True) == "make dags-rollback STAGE=dev BUNDLE=a LOCAL=1"


def test_words_for_airflow_are_advised_in_both_forms() -> None:
    """Words of Airflow's CLI follow the options, and are one variable of make."""
    words = "dags list-import-errors"

    assert advised("airflow", "dev", words=words) == f"airflow-fargate airflow --stage dev {words}"
    FORM.make = True
    assert advised("airflow", "dev", words=words) == f'make airflow STAGE=dev ARGS="{words}"'


def test_an_option_has_the_form_in_which_the_user_sets_it() -> None:
    """An option is one of the command line, and a variable if make has started the program."""
    assert advised_option("allow-older-package") == "--allow-older-package"
    FORM.make = True
    assert advised_option("allow-older-package") == "ALLOW_OLDER_PACKAGE=1"


@pytest.mark.parametrize(("value", "form"), [("make", "make bootstrap STAGE="), ("", "airflow-fargate bootstrap --st")])
def test_the_makefile_chooses_the_form(value: str, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that the Makefile sets makes messages advise its targets."""
    monkeypatch.setenv(advice.PROGRAM_VARIABLE, value)
    monkeypatch.delenv("TF_STATE_BUCKET", raising=False)

    assert form in command("check", "plan", "--stage", "dev").errors
