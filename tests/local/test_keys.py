import base64
import json
from pathlib import Path

import pytest

from airflow_on_fargate.local.keys import keys, user_secrets
from airflow_on_fargate.local.state import State
from constructs_lib.shared.bad_input import BadInputError

DATABASE = {"username": "a", "password": "b"}
WORKER = "airflow-dev-worker-a"


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    """The secrets and their versions are created once and kept."""
    state = State(tmp_path)

    assert keys(state, database=DATABASE, worker_role=WORKER) == keys(state, database=DATABASE, worker_role=WORKER)


def test_the_fernet_key_is_one(tmp_path: Path) -> None:
    """The Fernet key is 32 bytes in URL-safe base64."""
    fernet = keys(State(tmp_path), database=DATABASE, worker_role=WORKER)["fernet-key"].text

    assert len(base64.urlsafe_b64decode(fernet)) == 32


def test_the_password_for_people_is_the_secrets(tmp_path: Path) -> None:
    """The file with the password has the value of the secret."""
    state = State(tmp_path)
    admin = json.loads(keys(state, database=DATABASE, worker_role=WORKER)["admin"].text)

    assert state.admin_password.read_text() == admin["password"] + "\n"
    assert admin["username"] == "admin"


def test_nobody_else_reads_the_secrets(tmp_path: Path) -> None:
    """Only the owner can read the files with secrets."""
    state = State(tmp_path)
    keys(state, database=DATABASE, worker_role=WORKER)

    assert {file.stat().st_mode & 0o777 for file in (state.keys, state.admin_password)} == {0o600}


def test_another_database_is_another_version(tmp_path: Path) -> None:
    """Another DATABASE_URL makes a new version of its secret only."""
    before = keys(State(tmp_path), database=DATABASE, worker_role=WORKER)
    after = keys(State(tmp_path), database={**DATABASE, "password": "c"}, worker_role=WORKER)

    assert json.loads(after["database"].text)["password"] == "c"
    assert {name for name in before if before[name] != after[name]} == {"database"}


def test_another_role_of_the_workers_has_another_password(tmp_path: Path) -> None:
    """Another role of the workers gets another password, and the same role keeps its own."""
    before = keys(State(tmp_path), database=DATABASE, worker_role=WORKER)
    after = keys(State(tmp_path), database=DATABASE, worker_role="airflow-dev-worker-b")

    assert json.loads(after["database-worker"].text)["username"] == "airflow-dev-worker-b"
    assert {name for name in before if before[name] != after[name]} == {"database-worker"}


def test_the_users_secrets_are_read(tmp_path: Path) -> None:
    """The user's secrets are read by their names in `task.toml`."""
    state = State(tmp_path)
    state.user_secrets.write_text('"prod/vendor/token" = "t"\n"/a/parameter" = "p"\n')

    assert user_secrets(state) == {"prod/vendor/token": "t", "/a/parameter": "p"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = ", "is not valid TOML: "),
        ("a = 11", 'a must be a string, such as "prod/vendor/token" = "…", got int'),
        (f"a = {'[' * 3000}", "has tables or arrays that are nested too deeply"),
    ],
)
def test_secrets_that_are_none_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    """A wrong file of secrets is refused with its name."""
    state = State(tmp_path)
    state.user_secrets.write_text(text)

    with pytest.raises(BadInputError) as refused:
        user_secrets(state)

    assert str(state.user_secrets) in str(refused.value)
    assert problem in str(refused.value)
