"""DAG bundles in Git, with a server of repositories on loopback."""

import json
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.dag_bundles.git_server import GitRepository, GitServer, git_server
from tests.airflow_fargate.aws import Refusal, aws
from tests.airflow_fargate.dag_bundles.git_bundle import Bundle, BundleError, BundleProcess, bundle_process
from tests.certificates import make_authority
from tests.requirements_of_machine import require

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:git-Ab12Cd"
PARAMETER = "arn:aws:ssm:eu-central-1:123456789012:parameter/git/token"
NO_COMMIT = "1" * 40
VERSION = "v" * 32
_secrets: dict[str, str] = {}
"""The values of secrets and parameters, by ARN with its version."""


def answer(operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Answer as Secrets Manager and Systems Manager do."""
    version = parameters.get("VersionStage", parameters.get("VersionId", ""))
    if operation == "GetParameters":
        return {"Parameters": [{"Value": _secrets[name]} for name in parameters["Names"] if name in _secrets]}
    value = _secrets.get(parameters["SecretId"] + version)
    if value is None:
        raise Refusal(code="AccessDeniedException", message="not authorized")
    return {"SecretString": value}


@pytest.fixture(name="process", scope="module")
def _process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BundleProcess]:
    """Run the process in which all bundles of this module are."""
    with aws(answer) as (url, _), bundle_process(tmp_path_factory.mktemp("airflow"), AWS_ENDPOINT_URL=url) as process:
        yield process


@dataclass(frozen=True)
class Team:
    """A team's repository on a server, and the process with the bundle *name* in it."""

    process: BundleProcess
    server: GitServer
    repository: GitRepository
    name: str

    @property
    def url(self) -> str:
        """The address of the repository."""
        return f"{self.server.url}/team/.git"

    @property
    def folder(self) -> Path:
        """The folder of the bundle."""
        return self.process.storage / self.name

    def bundle(self, **arguments: object) -> Bundle:
        """Create the bundle."""
        return self.process.bundle(**{"name": self.name, "url": self.url, **arguments})


@pytest.fixture(name="team")
def _team(process: BundleProcess, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Team]:
    """Return a repository with a DAG, a task, and files of no concern, and a bundle that only this test has."""
    require("git", present=bool(shutil.which("git")))
    with git_server(tmp_path) as server:
        repository = GitRepository(tmp_path / "team")
        repository.commit(
            {
                "dags/daily.py": "one",
                "dags/lib/shared.py": "one",
                "tasks/report/task.toml": "cpu = 512",
                "tasks/report/main.py": "code",
                "tasks/plain/Dockerfile": "FROM x",
                "README.md": "text",
            }
        )
        yield Team(process, server, repository, f"bundle_{abs(hash(request.node.nodeid))}")


def files(path: Path) -> dict[str, str]:
    """Return the texts of the files of the version with the DAGs in *path*."""
    return {str(file.relative_to(path.parent)): file.read_text() for file in path.parent.rglob("*") if file.is_file()}


def test_a_new_commit_is_a_new_folder(
    team: Team,
) -> None:
    """A commit has the DAGs and the settings of tasks in a folder of its own, and the one before it stays whole."""
    bundle = team.bundle()
    first, old = bundle.call("initialize")
    commit = team.repository.commit({"dags/daily.py": "two", "dags/lib/shared.py": None})

    second, new = bundle.call("refresh")

    assert (old, new) == (team.repository.commits[0], commit)
    # A task folder without settings is known to the DAGs by its Dockerfile.
    of_tasks = {"tasks/report/task.toml": "cpu = 512", "tasks/plain/Dockerfile": "FROM x"}
    assert files(first) == {"dags/daily.py": "one", "dags/lib/shared.py": "one", **of_tasks}
    assert files(second) == {"dags/daily.py": "two", **of_tasks}


def test_a_refresh_without_a_new_commit_downloads_nothing(
    team: Team,
) -> None:
    """A look for a new commit is two requests."""
    bundle = team.bundle()
    before = bundle.call("initialize")
    team.server.requests.clear()

    assert bundle.call("refresh") == before
    assert len(team.server.requests) == 2


def test_a_run_has_the_commit_that_it_started_with(
    team: Team,
) -> None:
    """A worker that started after a newer push provides the commit of an older run."""
    team.repository.commit({"dags/daily.py": "two"})

    path, version = team.bundle(version=team.repository.commits[0]).call("initialize")

    assert version == team.repository.commits[0]
    assert files(path)["dags/daily.py"] == "one"


def test_tasks_that_start_at_once_download_once(team: Team) -> None:
    """Of tasks that need a commit at the same time, one downloads it, and the others wait for that."""
    version = team.repository.commits[0]
    team.bundle(version=version, name=f"{team.name}_alone").call("initialize")
    alone = len(team.server.requests)
    bundles = [team.bundle(version=version) for _ in range(4)]

    team.process.ask("call_at_once", [each.key for each in bundles], "initialize")

    assert len(team.server.requests) == 2 * alone
    assert (team.folder / "versions" / version / "dags/daily.py").read_text() == "one"


def test_a_new_worker_finds_a_commit_in_the_history(team: Team) -> None:
    """A worker without anything finds a commit that the remote does not hand out by name."""
    team.server.protocol = ""
    team.repository.commit({"dags/daily.py": "two"})

    path, _ = team.bundle(version=team.repository.commits[0]).call("initialize")

    assert files(path)["dags/daily.py"] == "one"


@pytest.mark.parametrize("rewritten", [False, True])
def test_a_remote_need_not_hand_out_commits_by_name(team: Team, *, rewritten: bool) -> None:
    """With a remote of Git's older protocol, the commit is found in the history; a lost one is one sentence."""
    team.server.protocol = ""
    if rewritten:
        team.repository.restart({"dags/daily.py": "two"})
    else:
        team.repository.commit({"dags/daily.py": "two"})
    team.bundle().call("initialize")
    shutil.rmtree(team.folder / "versions")
    bundle = team.bundle(version=team.repository.commits[0])

    if rewritten:
        with pytest.raises(BundleError, match=r"has no commit .*clear the DAG runs that started with it"):
            bundle.call("initialize")
    else:
        assert files(bundle.call("initialize")[0])["dags/daily.py"] == "one"


def test_a_version_on_disk_needs_no_remote(
    team: Team,
) -> None:
    """While the remote is away, tasks of known commits start, and the dag-processor keeps its commit and recovers."""
    processor = team.bundle()
    known = processor.call("initialize")
    team.server.switch_off()

    assert team.bundle(version=known[1]).call("initialize", as_task=True) == known
    team.process.ask("logged")
    assert processor.call("refresh") == processor.call("refresh") == known
    [sentence] = team.process.ask("logged")
    assert re.match(f"Bundle {team.name}: {team.url}: .*(connect|Connection)", sentence)
    with pytest.raises(BundleError, match=team.url):
        team.bundle(version=NO_COMMIT).call("initialize")
    team.server.switch_on()
    commit = team.repository.commit({"dags/daily.py": "two"})
    team.process.ask("end_pause", processor.key)
    assert processor.call("refresh")[1] == commit
    assert team.process.ask("logged") == [f"Bundle {team.name}: the newest commit can be read again"]


def test_looks_at_a_remote_that_refuses_are_few(team: Team) -> None:
    """After a failed look the dag-processor pauses for 30 s, and after more of them longer, up to five minutes."""
    team.server.password = _secrets[SECRET] = "token-1"
    bundle = team.bundle(secret=SECRET)
    known = bundle.call("initialize")
    _secrets[SECRET] = "old"
    team.server.users.clear()

    assert [bundle.call("refresh") for _ in range(5)] == [known] * 5
    assert len(team.server.users) == 1
    assert team.process.ask("pauses", bundle.key, 5) == [60, 120, 240, 300, 300]
    _secrets[SECRET] = "token-1"
    team.process.ask("end_pause", bundle.key)
    bundle.call("refresh")
    _secrets[SECRET] = "old"
    assert team.process.ask("pauses", bundle.key, 1) == [30]


def test_a_push_that_lacks_something_is_followed_soon(team: Team) -> None:
    """After a commit without DAGs the bundle stays at the one before, and looks for the next one every 30 s."""
    bundle = team.bundle()
    known = bundle.call("initialize")
    team.process.ask("logged")
    team.repository.commit({"dags/daily.py": None, "dags/lib/shared.py": None})

    assert bundle.call("refresh") == known
    assert team.process.ask("pauses", bundle.key, 2) == [30, 30]
    [sentence] = team.process.ask("logged")
    assert "has no folder dags" in sentence


def test_looks_without_a_commit_are_few(team: Team) -> None:
    """A dag-processor that has no commit reports the reason at each call, and looks every 30 s."""
    team.server.password = _secrets[SECRET] = "token-1"
    bundle = team.bundle(secret=SECRET)
    _secrets[SECRET] = "old"

    for _ in range(3):
        with pytest.raises(BundleError, match="refuses the credentials"):
            bundle.call("initialize")
    assert len(team.server.users) == 1
    _secrets[SECRET] = "token-1"
    team.process.ask("end_pause", bundle.key)
    assert bundle.call("initialize")[1] == team.repository.commits[0]


def test_a_task_that_follows_the_newest_commit_needs_no_remote(team: Team) -> None:
    """While the remote is away, a task without a version, or a restarted dag-processor, has the newest known commit."""
    team.bundle().call("initialize")
    team.repository.commit({"dags/daily.py": "two"})
    newest = team.bundle().call("initialize", as_task=True)
    # A run of an older commit does not change which one is the newest.
    team.bundle(version=team.repository.commits[0]).call("initialize", as_task=True)
    team.server.switch_off()

    assert team.bundle().call("initialize", as_task=True) == newest
    assert team.bundle().call("initialize") == newest
    shutil.rmtree(newest[0].parent)
    with pytest.raises(BundleError, match=team.url):
        team.bundle().call("initialize", as_task=True)


def test_only_the_dag_processor_removes_commits_at_a_look(team: Team) -> None:
    """A look for the newest commit removes old ones in the dag-processor only, because tasks may use them."""
    old = team.repository.commits[0]
    team.bundle(version=old).call("initialize", as_task=True)
    new = team.repository.commit({"dags/daily.py": "two"})
    task, processor = team.bundle(), team.bundle()
    team.process.ask("age", task.key, old)
    task.call("initialize", as_task=True)
    versions = team.folder / "versions"
    assert {each.name for each in versions.iterdir()} == {old, new}
    # As if another process removed it in this moment.
    (versions / "gone").symlink_to("nowhere")

    processor.call("initialize")

    assert {each.name for each in versions.iterdir()} == {new, "gone"}


def test_the_commit_of_a_task_stays(team: Team) -> None:
    """Airflow's cleanup of a worker removes the newest commit only after the last task that uses it."""
    task = team.bundle()
    path, _ = task.call("initialize", as_task=True)

    team.process.ask("clean", team.name)
    assert path.is_dir()
    team.process.ask("end", task.key)
    team.process.ask("clean", team.name)
    assert not path.is_dir()


def test_a_folder_that_was_removed_is_written_again(team: Team) -> None:
    """A commit that Airflow has removed from the disk as unused comes from the store, without the remote."""
    bundle = team.bundle(version=team.repository.commits[0])
    path, _ = bundle.call("initialize")
    before = files(path)
    shutil.rmtree(path.parent)
    team.server.switch_off()

    assert files(bundle.call("initialize")[0]) == before


def test_a_task_waits_for_the_remote(
    team: Team,
) -> None:
    """A task whose commit is not on the machine starts when the remote is back."""
    bundle = team.bundle(version=team.repository.commits[0])
    team.server.switch_off()
    back = threading.Timer(0.3, team.server.switch_on)
    back.start()

    try:
        assert files(bundle.call("initialize", as_task=True)[0])
    finally:
        back.join()
    back.join()


@pytest.mark.parametrize(
    "damage", [lambda store: (store / "HEAD").unlink(), lambda store: (store / "shallow.lock").touch()]
)
def test_a_killed_download_leaves_nothing_behind(team: Team, damage: Callable[[Path], None]) -> None:
    """What a killed process has left of the store is replaced, and no version has a part of its files."""
    bundle = team.bundle()
    bundle.call("initialize")
    damage(team.folder / "repository")
    commit = team.repository.commit({"dags/daily.py": "two"})

    path, version = bundle.call("refresh")

    assert version == commit
    assert files(path)["dags/daily.py"] == "two"
    assert {each.name for each in team.folder.iterdir()} == {"newest", "repository", "versions"}


def test_the_store_does_not_grow_for_ever(
    team: Team,
) -> None:
    """A store with many packs starts anew, and commits that were not used for an hour are removed."""
    team.process.ask("limit_packs", 2)
    bundle = team.bundle()
    bundle.call("initialize")
    team.process.ask("age", bundle.key, team.repository.commits[0])
    for number in range(3):
        team.repository.commit({"dags/daily.py": str(number)})
        bundle.call("refresh")
    team.process.ask("limit_packs", 400)

    assert len(list(team.folder.joinpath("repository/objects/pack").glob("*.pack"))) <= 4
    assert {each.name for each in team.folder.joinpath("versions").iterdir()} == set(team.repository.commits[1:])


def test_a_branch_is_found_before_a_tag(
    team: Team,
) -> None:
    """A ref is a branch, a tag or a commit."""
    first, second = team.repository.commits[0], team.repository.commit({"dags/daily.py": "two"})
    team.repository.tag("v1", first)
    team.repository.tag("main", first)

    assert team.bundle(ref="v1").call("initialize")[1] == first
    assert team.bundle(ref="main").call("initialize")[1] == second
    assert team.bundle(ref=first).call("initialize")[1] == first


def test_two_bundles_are_independent(
    team: Team,
) -> None:
    """Two bundles may be in two folders of one repository, each with its own branch."""
    team.repository.commit({"teams/data/dags/data.py": "data", "teams/data/tasks/a/task.toml": ""})
    team.repository.commit({"teams/web/dags/web.py": "web"}, branch="next")

    data = team.bundle(name=f"{team.name}_data", folder="teams/data").call("initialize")
    web = team.bundle(name=f"{team.name}_web", folder="teams/web", ref="next").call("initialize")

    assert files(data[0]) == {"dags/data.py": "data", "tasks/a/task.toml": ""}
    assert files(web[0]) == {"dags/web.py": "web"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"ref": "nope"}, "has neither a branch nor a tag 'nope'; correct ref in the setting dags"),
        ({"folder": "teams"}, "has no folder teams/dags at commit .*; correct folder in the setting dags"),
        ({"version": NO_COMMIT}, f"has no commit {NO_COMMIT}"),
        ({"version": "../dags"}, "'../dags' is no commit; clear the DAG runs that started with it"),
    ],
)
def test_what_the_repository_lacks_is_one_sentence(
    team: Team,
    arguments: dict[str, str],
    sentence: str,
) -> None:
    """A ref, a folder or a commit that does not exist is one sentence with what to do, and a task does not wait."""
    start = time.monotonic()

    with pytest.raises(BundleError, match=sentence) as error:
        team.bundle(**arguments).call("initialize", as_task=True)

    assert error.value.kind == "MissingError"
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("secret", "stored", "value", "user"),
    [
        (SECRET, SECRET, "token", "x-token-auth"),
        (SECRET, SECRET, '{"username": "deploy", "password": "token"}', "deploy"),
        (f"{SECRET}:git", SECRET, '{"git": "token"}', "x-token-auth"),
        (f"{SECRET}::AWSPREVIOUS", f"{SECRET}AWSPREVIOUS", "token", "x-token-auth"),
        (f"{SECRET}:::{VERSION}", f"{SECRET}{VERSION}", "token", "x-token-auth"),
        (PARAMETER, PARAMETER, "token\n", "x-token-auth"),
    ],
)
def test_the_secret_has_a_token_or_a_user_too(team: Team, secret: str, stored: str, value: str, user: str) -> None:
    """A secret or a parameter has a token, or JSON with a user and a password; a version of it may be named."""
    team.server.password = "token"
    _secrets.clear()
    _secrets[stored] = value

    assert team.bundle(secret=secret).call("initialize")[1] == team.repository.commits[0]
    assert {each.partition(":")[0] for each in team.server.users} == {user}


def test_a_rotated_secret_needs_no_restart(
    team: Team,
) -> None:
    """Each look reads the secret: an old token is one sentence, and the new one works in the same process."""
    team.server.password = _secrets[SECRET] = "token-1"
    bundle = team.bundle(secret=SECRET)
    bundle.call("initialize")
    team.server.password = "token-2"
    commit = team.repository.commit({"dags/daily.py": "two"})

    team.process.ask("logged")
    bundle.call("refresh")
    [sentence] = team.process.ask("logged")
    assert f"refuses the credentials in {SECRET}; store a valid token there" in sentence
    _secrets[SECRET] = "token-2"
    team.process.ask("end_pause", bundle.key)
    assert bundle.call("refresh")[1] == commit
    kept = [path.read_bytes() for path in team.process.storage.rglob("*") if path.is_file()]
    assert not any(b"token-" in content for content in kept)


@pytest.mark.parametrize(
    ("secret", "value", "sentence"),
    [
        (None, "", "asks for credentials; set secret in the setting dags"),
        (SECRET, None, f"{SECRET} cannot be read: .*AccessDenied"),
        (SECRET, "two\nlines", "must hold a token, or JSON with username and password"),
        (SECRET, "{}", "must hold a token, or JSON with username and password"),
        (f"{SECRET}:git", "token", "must hold a token, or JSON with username and password"),
        (PARAMETER, None, "must hold a token, or JSON with username and password"),
    ],
)
def test_a_secret_that_does_not_fit_is_one_sentence(
    team: Team,
    secret: str | None,
    value: str | None,
    sentence: str,
) -> None:
    """A repository that needs a secret, and a secret that has no token, are one sentence with what to do."""
    team.server.password = "token"
    _secrets.clear()
    if value is not None:
        _secrets[SECRET] = value

    with pytest.raises(BundleError, match=sentence):
        team.bundle(secret=secret).call("initialize")
    assert not team.server.requests


def test_another_host_does_not_get_the_token(team: Team, tmp_path: Path) -> None:
    """A remote that redirects to another host does not hand the token to it."""
    _secrets[SECRET] = json.dumps({"password": "token"})
    with git_server(tmp_path / "remote", password="token") as other:
        team.server.redirect = other.url

        with pytest.raises(BundleError, match="refuses the credentials"):
            team.bundle(secret=SECRET).call("initialize")

    assert not other.users


def test_the_certificate_of_the_host_is_checked(team: Team, tmp_path: Path) -> None:
    """A host is accepted only with a certificate of an authority that the machine trusts."""
    authority = make_authority(tmp_path / "authority")
    with git_server(tmp_path, certificate=authority.server) as server:
        bundle = team.bundle(url=f"{server.url}/team/.git")
        with pytest.raises(BundleError, match="certificate"):
            bundle.call("refresh")
        team.process.ask("set_variable", "GIT_SSL_CAINFO", str(authority.certificate))
        team.process.ask("end_pause", bundle.key)

        assert bundle.call("refresh")[1] == team.repository.commits[0]
    team.process.ask("set_variable", "GIT_SSL_CAINFO", "")


def test_a_silent_remote_is_not_waited_for(team: Team) -> None:
    """A look at a remote that accepts a connection and never answers ends soon."""
    team.process.ask("limit_look", 1)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/team/.git"
        with pytest.raises(BundleError, match="did not answer within 1 s"):
            team.bundle(url=url).call("refresh")
    team.process.ask("limit_look", 15)


def test_an_image_without_git_is_one_sentence(team: Team) -> None:
    """An image without the program git says how to build one."""
    path = team.process.ask("set_variable", "PATH", "/nowhere")
    try:
        with pytest.raises(BundleError, match="the program git is missing: build the image with"):
            team.bundle().call("refresh")
    finally:
        team.process.ask("set_variable", "PATH", path)


@pytest.mark.parametrize(
    ("arguments", "page"),
    [
        ({"url": "https://github.com/team/dags.git"}, "https://github.com/team/dags/tree/{version}/dags"),
        ({"url": "https://gitlab.com/t/d", "folder": "a"}, "https://gitlab.com/t/d/-/tree/{version}/a/dags"),
        ({"url": "https://git.example.com/team/dags"}, None),
        ({"url": "https://github.com/t/d", "view_url_template": "https://own/{version}"}, "https://own/{version}"),
    ],
)
def test_the_ui_links_to_the_commit(team: Team, arguments: dict[str, str], page: str) -> None:
    """The UI shows a version's files at a host that it knows."""
    bundle = team.bundle(**arguments)

    assert team.process.ask("page", bundle.key) == page


def test_a_bundle_without_a_commit_has_no_version(
    team: Team,
) -> None:
    """Before a commit is on the machine, a bundle has no version and an empty folder."""
    path, version = team.bundle().call("get_current_version")

    assert version is None
    assert not path.exists()
