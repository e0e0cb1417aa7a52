"""Promises of who can reach the stack on this machine: its owner, and neither another user nor a web page."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

from airflow_on_fargate.local.machine import Machine
from tests.http_server import serving
from tests.local.browser import PAGE_MS, airflow_ui
from tests.local.stack import Stack
from tests.programs import code
from tests.requirements_of_machine import require

pytestmark = pytest.mark.local

ANOTHER = "nobody"
PAGE = """<body><pre id=o>start</pre><script>
const aws = new URLSearchParams(location.search).get('aws');
const scope = 'owner/20261128/us-east-1/secretsmanager/aws4_request';
const headers = {
  'X-Amz-Target': 'secretsmanager.GetSecretValue',
  'Content-Type': 'application/x-amz-json-1.1',
  'Authorization': `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
};
const out = document.getElementById('o');
(async () => {
  await fetch(aws + '/moto-api/reset', {method: 'POST', mode: 'no-cors'}).catch(() => {});
  const answer = await fetch(aws + '/', {method: 'POST', headers, body: '{"SecretId": "airflow-dev/admin"}'});
  out.textContent = 'a page of another origin reads ' + await answer.text();
})().catch(error => { out.textContent = 'blocked ' + error; });
</script></body>"""


def as_another_user(program: str, *arguments: str, stdin: str = "") -> str:
    """Run a program as another user of this machine, and return what it prints."""
    require("the superuser, who can be another user", present=os.getuid() == 0)
    # The interpreter of .venv may be out of that user's reach.
    interpreter = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
    run = subprocess.run(
        [interpreter, "-I", "-c", code(program), *arguments],
        cwd="/",
        env={},
        user=ANOTHER,
        group=pwd.getpwnam(ANOTHER).pw_gid,
        extra_groups=[],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not run.stderr
    return run.stdout


def test_another_user_is_refused_every_call(local_stack: Stack) -> None:
    """Another user of the machine is refused every call."""
    answers = as_another_user("unsigned_calls", local_stack.ready["aws_endpoint_url"])

    assert answers == f"[{', '.join(['403'] * 11)}]\n"


def test_another_user_reads_no_file_of_the_stack(local_stack: Stack) -> None:
    """Another user cannot read or list any file of the stack."""
    folder = local_stack.state.folder
    paths = [folder, *folder.rglob("*")]
    readable = as_another_user("readable", stdin="\0".join(map(str, paths)))

    assert len(paths) > 100
    # The test would prove nothing if the folders above were closed.
    assert all(parent.stat().st_mode & 0o001 for parent in folder.parents)
    assert readable == ""
    assert not folder.stat().st_mode & 0o067


def test_nothing_secret_is_readable_by_its_mode(local_stack: Stack) -> None:
    """Files with keys have modes that only their owner can read."""
    state = local_stack.state
    secrets = (state.keys, state.admin_password, state.database_url, state.aws_credentials, state.credentials_key)

    assert {file.stat().st_mode & 0o777 for file in secrets} == {0o600}
    assert {file.stat().st_mode & 0o077 for file in state.logs.iterdir()} == {0}
    assert (state.folder / "supervisor.sock").stat().st_mode & 0o077 == 0


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on another port of loopback, which is another origin."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as port:
        yield f"http://127.0.0.1:{port}"


def test_a_web_page_is_blocked(local_stack: Stack, tmp_path: Path) -> None:
    """A web page in the developer's browser cannot call the stack."""
    (tmp_path / "page.html").write_text(PAGE)
    with served(tmp_path) as origin, airflow_ui(local_stack) as ui:
        ui.page.goto(f"{origin}/page.html?aws={local_stack.ready['aws_endpoint_url']}")

        expect(ui.page.locator("#o")).to_contain_text("blocked", timeout=PAGE_MS)
    assert local_stack.client("sqs").list_queues()["QueueUrls"]


def test_every_port_is_on_loopback(local_stack: Stack) -> None:
    """Every port listens on loopback only."""
    listening = dict[int, str]()
    for process in local_stack.supervisor.process_ids().values():
        first = psutil.Process(process)
        for each in (first, *first.children(recursive=True)):
            found = [at.laddr for at in each.net_connections("inet") if at.status == psutil.CONN_LISTEN]
            listening |= {at.port: at.ip for at in found}
    machine = Machine.read(local_stack.state)
    ports = {machine.api_server_port, machine.aws_port, machine.database_port, machine.triggerer_log_port}

    assert listening.keys() >= {*ports, *machine.worker_log_ports.values()}
    assert set(listening.values()) == {"127.0.0.1"}
