"""Promises of what keeps the stack's secrets from the code of DAGs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from constructs_lib.airflow.environment import SECRETS
from constructs_lib.shared.containers import RUN_DAG_CODE, SECRET_VARIABLES
from tests.airflow_fargate.container import environment_with, last_json, run, run_with_airflow

START = """
import os, sys
from airflow_fargate import secret_isolation
secret_isolation.hand_over()
os.execv(sys.executable, [sys.executable, "-m", secret_isolation.MODULE, "shown"])
"""
SHOWN = """
import ctypes, json, os, sys
from airflow_fargate.secret_isolation import forget
def names(): return sorted({"DB_PASSWORD", "MINE"} & os.environ.keys())
begun = open("/proc/self/environ").read() if os.path.exists("/proc/self/environ") else ""
with_secrets = names()
forget()
hidden = sys.platform != "linux" or ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 0
print(json.dumps([with_secrets, names(), "hunter2" in begun, hidden, sys.argv[0].endswith("shown.py")]))
"""


@pytest.fixture(name="program")
def _program(tmp_path: Path) -> dict[str, str]:
    """Return the variables of a container whose program is in a module `shown`."""
    (tmp_path / "shown.py").write_text(SHOWN)
    given = environment_with({"DB_PASSWORD": "hunter2", "MINE": "yes"})
    return given | {"PYTHONPATH": f"{given['PYTHONPATH']}{os.pathsep}{tmp_path}"}


def test_secrets_reach_the_program_by_no_variable_that_it_is_started_with(program: dict[str, str]) -> None:
    """What it is started with can be read for as long as it lives; what it forgets is gone, and nothing else is."""
    assert last_json(run("-c", START, **program)) == [["DB_PASSWORD", "MINE"], ["MINE"], False, True, True]


LOOK = """
import ctypes, json, os, signal, sys, time
from airflow_fargate.secret_isolation import hide

def child(work):
    begun, written = os.pipe()
    process = os.fork()
    if not process:
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
            # A change of the user hides a process, too.
            ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
        work(written)
        os._exit(0)
    return process, os.read(begun, 100).decode()

def seen(hidden):
    def stay(written):
        if hidden:
            hide()
        os.write(written, b"there")
        time.sleep(60)
    process, _ = child(stay)
    def look(written):
        found = []
        for each in ("environ", "maps", "mem"):
            try:
                open(f"/proc/{process}/{each}", "rb").close()
            except PermissionError:
                continue
            found.append(each)
        os.write(written, json.dumps(found).encode())
    _, found = child(look)
    os.kill(process, signal.SIGKILL)
    return json.loads(found)

print(json.dumps([seen(True), seen(False)]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
def test_other_processes_of_the_user_cannot_look_into_a_hidden_one() -> None:
    """Neither into its memory nor at its variables, as they can with any other."""
    assert last_json(run("-c", LOOK)) == [[], ["environ", "maps", "mem"]]


def test_every_secret_of_a_container_is_one_that_is_taken_away() -> None:
    """The table of the containers' secrets names no other variable."""
    assert {variable for variable, _, _ in SECRETS} <= SECRET_VARIABLES


@pytest.mark.parametrize("service", ["dag-processor", "triggerer", "celery"])
def test_whatever_runs_the_code_of_dags_is_started_apart(service: str, tmp_path: Path) -> None:
    """The entrypoint hands its secrets over, and waits for the schema with them."""
    assert len(RUN_DAG_CODE) == 3
    script = f"""
        import json, os, sys
        import airflow_fargate.__main__ as entrypoint, airflow_fargate.schema as schema
        schema.wait_for_schema = lambda: None
        def show(_, command):
            pipe = json.load(os.fdopen(int(os.environ["AIRFLOW_FARGATE_SECRETS_PIPE"])))
            print(json.dumps([command[1:3], sorted(pipe), "DB_PASSWORD" in os.environ]))
        os.execvp = show
        entrypoint.main(["airflow", "{service}"])
    """
    database = {"DB_HOST": "h", "DB_PORT": "1", "DB_NAME": "n", "DB_USER": "u", "DB_PASSWORD": "p"}

    [command, secrets, left] = last_json(run_with_airflow(script, tmp_path, **database))

    assert command == ["-m", "airflow_fargate.secret_isolation"]
    assert {"DB_USER", "DB_PASSWORD", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"} <= set(secrets)
    assert ("AIRFLOW__CELERY__RESULT_BACKEND" in secrets) is (service == "celery")
    assert left is False


def test_a_process_that_reads_a_dag_file_or_runs_triggers_has_no_secret(tmp_path: Path) -> None:
    """A real one, as Airflow forks it; its parent keeps what it has."""
    script = """
        import json, os, runpy, sys, uuid
        import airflow.__main__
        airflow.__main__.main = lambda: None
        sys.argv = ["process", "dag-processor"]
        runpy.run_module("airflow_fargate.process", run_name="__main__")
        from airflow.sdk.execution_time.supervisor import WatchedSubprocess
        begun, written = os.pipe()
        def show():
            found = sorted({"DB_PASSWORD", "AIRFLOW__CORE__FERNET_KEY"} & os.environ.keys())
            os.write(written, json.dumps(found).encode())
        child = WatchedSubprocess.start(id=uuid.uuid4(), target=show)
        os.waitpid(child.pid, 0)
        os.close(written)
        print(json.dumps([json.load(os.fdopen(begun)), "DB_PASSWORD" in os.environ]))
    """

    ended = run_with_airflow(script, tmp_path, DB_PASSWORD="p", AIRFLOW__CORE__FERNET_KEY="")

    assert last_json(ended) == [[], True]


def test_a_worker_forgets_its_secrets_before_it_forks(tmp_path: Path) -> None:
    """Celery says so by a signal; its configuration has the result backend by then."""
    script = """
        import json, os
        from airflow_fargate.celery_config import CELERY_CONFIG
        from celery.signals import import_modules
        import_modules.send(sender=None)
        left = {"AIRFLOW__API__SECRET_KEY", "AIRFLOW__CELERY__RESULT_BACKEND"} & os.environ.keys()
        print(json.dumps([sorted(left), CELERY_CONFIG["result_backend"]]))
    """
    backend = "db+postgresql+psycopg2://u:p@h/d"

    ended = run_with_airflow(script, tmp_path, AIRFLOW__API__SECRET_KEY="k", AIRFLOW__CELERY__RESULT_BACKEND=backend)

    assert last_json(ended) == [[], backend]


INIT = """
import json, os, signal, sys, time
from airflow_fargate.secret_isolation import run_as_init
run_as_init()
orphan = os.fork()
if orphan == 0:
    if os.fork() == 0:
        time.sleep(0.2)
        os._exit(0)
    os._exit(0)
os.waitpid(orphan, 0)
{end}
"""


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("sys.exit(3)", 3),
        ("os.kill(os.getpid(), signal.SIGKILL)", 137),
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(5)); print('up', flush=True); time.sleep(60)", 5),
    ],
    ids=["an exit code", "killed", "a signal"],
)
def test_the_first_process_ends_as_its_child_does(end: str, code: int) -> None:
    """It hands on the signals of ECS."""
    script = INIT.format(end=end)
    with subprocess.Popen([sys.executable, "-c", script], env=environment_with({}), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        if "up" in end:
            process.stdout.readline()
            process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=20) == code


def test_the_first_process_reaps_what_is_orphaned() -> None:
    """As process 1 of a container: what its child leaves behind does not stay as a zombie."""
    script = INIT.format(end="time.sleep(0.6); print(json.dumps(zombies()))").replace(
        "run_as_init()\n",
        "import ctypes; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER\n"
        "first = os.getpid()\n"
        "def zombies():\n"
        "    import psutil\n"
        "    return [each.pid for each in psutil.Process(first).children() if each.status() == 'zombie']\n"
        "run_as_init()\n",
        1,
    )
    if sys.platform != "linux":
        return
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", script], env=environment_with({}), capture_output=True, text=True, check=False
    )

    assert json.loads(ended.stdout) == [], ended.stderr
    assert time.monotonic() - began < 20
