"""`airflow-fargate images push` with nothing to do: 20 folders in `tasks/`, and a registry that has all images."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from typing_extensions import override

from benchmarks.measure import Program, quickest
from benchmarks.project import copy_project, have_task_folders
from benchmarks.result import Outcome, Result

FOLDERS = 20
ROUNDS = 5
STAGES = Path(__file__).with_name("registry_stages.py")
COMMAND = "airflow-fargate images push --stage dev"


class Ecr(BaseHTTPRequestHandler):
    """ECR that has each image that it is asked for, and answers at once."""

    def do_POST(self) -> None:
        """Answer `DescribeImages`."""
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = b'{"imageDetails": [{}]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


def measure(folder: Path) -> Outcome:
    """Measure the time in a copy below *folder*."""
    project = copy_project(folder / "project")
    have_task_folders(project, FOLDERS)
    shutil.copyfile(STAGES, project / "stages.py")
    program = Program([sys.executable, "-m", "airflow_on_fargate", *COMMAND.split()[1:]], project)
    with _ecr():
        [seconds] = quickest({"images push": program}, rounds=ROUNDS).values()
    result = Result(
        what=f"`{COMMAND}`, {FOLDERS} task folders, nothing to do",
        measured=f"{seconds:.1f} s",
        baseline="a registry that answers at once",
        figure=seconds,
        unit="s",
        limit=2,
    )
    return Outcome([result], {f"images push, {FOLDERS} folders, nothing to do": seconds})


@contextmanager
def _ecr() -> Iterator[None]:
    """Let boto3 find the registry on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Ecr) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        variables = {
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_SECRET_ACCESS_KEY": "none",
        }
        before = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        try:
            yield
        finally:
            server.shutdown()
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
