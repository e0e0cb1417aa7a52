"""Run the stack of a stage on this machine."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from airflow_on_fargate import main_file
from airflow_on_fargate.advice import advised
from airflow_on_fargate.local.access_keys import owner_key
from airflow_on_fargate.local.airflow_packages import install_packages
from airflow_on_fargate.local.containers import ContainerDefinition, airflow_containers
from airflow_on_fargate.local.database import Database, own_database, reachable_database
from airflow_on_fargate.local.docker import PROCESS, TASK, check_docker, remove_containers
from airflow_on_fargate.local.dockerfile import missing_packages, packages_missing
from airflow_on_fargate.local.first_push import push_first
from airflow_on_fargate.local.images import build_images
from airflow_on_fargate.local.keys import keys, user_secrets
from airflow_on_fargate.local.machine import Machine
from airflow_on_fargate.local.output import Output
from airflow_on_fargate.local.ports import Ports
from airflow_on_fargate.local.programs import programs
from airflow_on_fargate.local.progress import Progress, phase, stay
from airflow_on_fargate.local.restart import note_start
from airflow_on_fargate.local.start import Start
from airflow_on_fargate.local.state import State, read_json, write_secret
from airflow_on_fargate.local.stop import shut_down
from airflow_on_fargate.local.supervisor import Supervisord
from airflow_on_fargate.local.template import Template
from airflow_on_fargate.project import project_folder
from airflow_on_fargate.project_stages import find_stage, load_stages
from constructs_lib.settings.processes import API_PORT, WORKER
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.containers import ADMIN
from constructs_lib.shared.worker import worker_role

OWNERS_MASK = 0o077
"""Only the owner may read the files."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of `make local`. `port` and `database_url` are optional. `verbose` shows what all programs print."""

    stage: str
    containers: bool = False
    detach: bool = False
    verbose: bool = False
    port: int | None = None
    database_url: str | None = None


def up(options: Options, state: State) -> None:
    """
    Start the stack, print the address of the UI when it is healthy, and then stay, unless `detach` is set.

    Raises:
        BadInputError: the stack already runs, an option cannot be used, or a program does not start.
        KeyboardInterrupt: Ctrl-C, before the stack was ready; it is stopped.

    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    supervisor, console, began = Supervisord(state), Console(highlight=False), time.monotonic()
    settings = find_stage(load_stages(None), options.stage)
    if options.containers:
        check_docker()
    users_database = reachable_database(options.database_url) if options.database_url else None
    own_mask = os.umask(OWNERS_MASK)
    with _only_start(state, supervisor), Ports() as ports:
        _clear(state, console)
        api_server_port = ports.of_ui(options.port, preferred=API_PORT)
        with phase(console, began, f"Composing the stage {options.stage}", f"the stage {options.stage} is composed"):
            template = _compose(options.stage, state)
        database = users_database or own_database(state, port=ports.free())
        containers = airflow_containers(template)
        machine = _machine(options, database, containers, ports, api_server_port)
        machine.write(state)
        _write_keys(settings, database, state)
        if machine.containers:
            _build(template, own_mask)
        else:
            prepare_processes(state, console, project_folder())
        all_programs = programs(machine, state, containers, with_database=users_database is None)
        output = Output({program.name: supervisor.log_file(program.name) for program in all_programs}, console)
        progress = Progress(console, output, began=began, verbose=options.verbose)
        note_start(state, project_folder(), containers=machine.containers)
        process = supervisor.launch(all_programs)
        try:
            push = partial(push_first, settings, state, machine.endpoint, console)
            Start(supervisor, machine, state, progress).run(containers, None if users_database else database, push)
            _report_ready(machine, state, console, time.monotonic() - began)
            if options.detach:
                return
            stay(process, supervisor, state, progress, console)
        except KeyboardInterrupt:
            console.print("Stopping")
            if not _stop(supervisor, state, progress, console):
                raise
        except BaseException:
            _stop(supervisor, state, progress, console)
            raise
        state.ready.unlink(missing_ok=True)


def _clear(state: State, console: Console) -> None:
    """Create the folder of *state*, read the user's secrets in it, and remove what an earlier start left there."""
    state.make()
    user_secrets(state)
    for file in (state.ready, state.provisioned):
        file.unlink(missing_ok=True)
    if remove_containers(state, PROCESS, TASK):
        console.print("Removed containers that were left after a crash")


def _write_keys(settings: Settings, database: Database, state: State) -> None:
    role = worker_role(settings.name, settings.key_versions.database_worker)
    keys(state, database=database.credentials, worker_role=role)
    owner_key(state)
    write_secret(state.database_url, database.url + "\n")


def _build(template: Template, mask: int) -> None:
    # COPY keeps the modes of files in the build context.
    os.umask(mask)
    try:
        build_images(template)
    finally:
        os.umask(OWNERS_MASK)


def prepare_processes(state: State, console: Console, project: Path) -> None:
    """Install requirements.txt of *project*, and warn about tasks whose Dockerfile does not install their packages."""
    with console.status("Installing requirements.txt"):
        was_changed = install_packages(state, project)
    if was_changed:
        console.print("Installed requirements.txt")
    for dockerfile in sorted(project.glob("tasks/*/Dockerfile")):
        if missing_packages(dockerfile.parent):
            console.print(f"[yellow]Warning:[/] {escape(packages_missing(dockerfile.parent.name))}", soft_wrap=True)


def _stop(supervisor: Supervisord, state: State, progress: Progress, console: Console) -> bool:
    """Stop the stack, and return whether it was ready."""
    was_ready = state.ready.exists()
    state.ready.unlink(missing_ok=True)
    # A second Ctrl-C must not end this program before the others have ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    shut_down(supervisor, console)
    remove_containers(state, PROCESS, TASK)
    progress.look()
    return was_ready


@contextmanager
def _only_start(state: State, supervisor: Supervisord) -> Iterator[None]:
    """Refuse a second start; remove a new folder of *state* if the start is refused before any program has started."""
    is_new = not state.folder.exists()
    state.make_folder()
    with (state.folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = True
        else:
            running = supervisor.is_running()
        if running:
            ready = read_json(state.ready)
            where = f"at {ready['url']}" if ready else "but is not ready yet"
            msg = f"the stack already runs, {where}; {advised('local down')} stops it"
            raise BadInputError(msg)
        try:
            yield
        except BadInputError:
            if is_new and not supervisor.log_file("supervisord").exists():
                shutil.rmtree(state.folder)
            raise


def _compose(stage: str, state: State) -> Template:
    with main_file.must_write(state.stacks):
        run = subprocess.run(
            main_file.command(project_folder()),
            cwd=project_folder(),
            env={**os.environ, "CDKTF_OUTDIR": str(state.stacks)},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            lines = run.stderr.strip().splitlines()
            for each in lines[:-1]:
                print(each, file=sys.stderr)
            sentence = lines[-1] if lines else f"{main_file.FILE} has failed with exit code {run.returncode}"
            raise BadInputError(sentence.removeprefix("error: "))
    return Template(state.template(stage))


def _machine(
    options: Options,
    database: Database,
    containers: Sequence[ContainerDefinition],
    ports: Ports,
    api_server_port: int,
) -> Machine:
    return Machine(
        stage=options.stage,
        containers=options.containers,
        api_server_port=api_server_port,
        aws_port=ports.free(),
        worker_log_ports={each.program: ports.free() for each in containers if each.name == WORKER.name},
        triggerer_log_port=ports.free(),
        database_host=database.host,
        database_port=database.port,
        database_name=database.name,
        database_ssl_mode=database.ssl_mode,
    )


def _report_ready(machine: Machine, state: State, console: Console, seconds: float) -> None:
    def path(file: Path) -> str:
        return os.path.relpath(file, project_folder())

    ready = {
        "url": machine.url,
        "user": ADMIN,
        "password_file": path(state.admin_password),
        "aws_endpoint_url": machine.endpoint,
        "aws_credentials_file": path(state.aws_credentials),
        "database_url_file": path(state.database_url),
    }
    temporary = state.ready.with_suffix(".new")
    temporary.write_text(json.dumps(ready, indent=2) + "\n", encoding="utf-8")
    temporary.rename(state.ready)
    console.print(
        f"The output of all programs is in {path(state.logs)}; {advised('local logs', program=WORKER.name)} shows one",
        soft_wrap=True,
    )
    console.print(
        f"[bold green]Airflow is ready[/] after {seconds:.0f} s at {machine.url},"
        f" user {ADMIN}, password: cat {path(state.admin_password)}",
        soft_wrap=True,
    )
