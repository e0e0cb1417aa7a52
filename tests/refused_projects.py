"""Mistakes in a project: what makes each, and the sentence that it gets."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.clone import Clone

TASK = "tasks/number_task/task.toml"
IGNORE = "tasks/number_task/.dockerignore"


def stages(*settings: str, lines: str = "") -> Callable[[Clone], None]:
    """Return what writes stages.py."""
    return lambda clone: clone.write_stages(*settings, lines=lines)


def file(path: str, text: str) -> Callable[[Clone], None]:
    """Return what writes one file."""
    return lambda clone: clone.write(path, text)


def instead(path: str, make: Callable[[Path], object]) -> Callable[[Clone], None]:
    """Return what makes something else of the path of a file."""

    def change(clone: Clone) -> None:
        place = clone.folder / path
        place.parent.mkdir(exist_ok=True)
        place.unlink(missing_ok=True)
        make(place)

    return change


def _no_files(path: str) -> dict[str, tuple[Callable[[Clone], None], str]]:
    """Return what may stand at the *path* of a file, with the sentence about each."""
    kinds: dict[str, tuple[Callable[[Path], object], str]] = {
        "a folder": (Path.mkdir, "must be a regular file, got a folder"),
        "a named pipe": (os.mkfifo, "must be a regular file, got a named pipe"),
        "a device": (lambda place: place.symlink_to("/dev/zero"), "must be a regular file, got a device"),
        "a link to itself": (
            lambda place: place.symlink_to(place.name),
            "cannot be read: Too many levels of symbolic links",
        ),
        "a link to nothing": (
            lambda place: place.symlink_to("no\x1b[2J"),
            r"is a symbolic link to no\x1b[2J, which is missing",
        ),
        "no UTF-8": (lambda place: place.write_bytes(b"# \xff"), "must be UTF-8 text, and byte 2 is not"),
        "too large": (lambda place: place.write_bytes(b"#" * 2**20 + b"#"), "must not be larger than 1,048,576 bytes"),
    }
    return {f"{path}, {kind}": (instead(path, make), f"{path} {problem}") for kind, (make, problem) in kinds.items()}


def _part(text: str) -> Callable[[Clone], None]:
    """Return what writes a part of stages.py."""

    def write(clone: Clone) -> None:
        clone.write("teams.py", text)
        clone.write_stages("stage='dev'", lines="import teams")

    return write


def _no_stages(clone: Clone) -> None:
    clone.write_stages()
    (clone.folder / "stages.py").unlink()


def _tasks_as_a_file(clone: Clone) -> None:
    shutil.rmtree(clone.folder / "tasks")
    clone.write("tasks", "")


def _clashing_folders(clone: Clone) -> None:
    for name in ("vendor", "vendor_task_definition"):
        clone.write(f"tasks/{name}/Dockerfile", "FROM scratch\n")


REFUSED: dict[str, tuple[Callable[[Clone], None], str]] = {
    "a value": (
        stages("stage='dev', vpc_cidr='10.0.0.0/33'"),
        ("stages.py, stage 'dev': vpc_cidr must be an IPv4 network such as 10.0.0.0/16, got '10.0.0.0/33' (..."),
    ),
    "a misspelt key": (
        stages("stage='dev', toplogy='split'"),
        "stages.py, stage 'dev': toplogy is unknown; did you mean 'topology'?",
    ),
    "two keys": (
        stages("stage='dev', topology='split', compact_worker_slots=2"),
        "stages.py, stage 'dev': compact_worker_slots needs topology = 'compact', got topology = ...",
    ),
    "a part of a stage": (
        stages("stage='dev', compact_size=TaskSize(cpu=1024, memory_mib=1000)"),
        ("stages.py, line 5, TaskSize: memory_mib for 1024 CPU units must be 2048 to 8192 in steps of 1024, got 1000"),
    ),
    "a worker pool": (
        stages(
            "stage='dev', worker_pools={'spot': WorkerPool(min=3, max=2)}",
            lines="from constructs_lib.settings import WorkerPool",
        ),
        "stages.py, line 5, WorkerPool: min must not be higher than max, 2, got 3",
    ),
    "an option of Airflow": (
        stages("stage='dev', airflow_config={'core': {'executor': 'LocalExecutor'}}"),
        ("stages.py, stage 'dev': airflow_config.core.executor is set by the stack and must not be changed: ..."),
    ),
    "an option of Airflow whose package the image lacks": (
        stages("stage='dev', airflow_config={'sentry': {'sentry_on': True}}"),
        (
            "stages.py, stage 'dev': airflow_config.sentry.sentry_on needs the package sentry-sdk, which"
            " the Airflow image does not have: add it to requirements.txt, or give the stage an image that has it in"
            " airflow_image"
        ),
    ),
    "a link out of dags/": (
        lambda clone: (clone.folder / "dags/shared").symlink_to("../../shared"),
        "dags/shared is a symbolic link to '../../shared', outside dags, and would be broken in the image; ...",
    ),
    "a link out of a task": (
        lambda clone: (clone.folder / "tasks/number_task/shared").symlink_to("../multi_task"),
        "tasks/number_task/shared is a symbolic link to '../multi_task', outside tasks/number_task, and would ...",
    ),
    "no Python": (
        stages("stage='dev' protected=True"),
        "stages.py, line 5, is not valid Python: ...",
    ),
    "a word that Python does not know": (
        stages("stage='dev', protected=true"),
        "stages.py, line 5, uses a name that is not defined, 'true'; did you mean True?",
    ),
    "a model that is not imported": (
        stages("stage='dev', worker_pools={'spot': WorkerPool()}"),
        (
            "stages.py, line 5, uses a name that is not defined, 'WorkerPool'; add the line: from"
            " constructs_lib.settings import WorkerPool"
        ),
    ),
    "a name that nobody knows": (
        stages("stage=qwxyz"),
        "stages.py, line 5, uses a name that is not defined, 'qwxyz'",
    ),
    "a tuple without its comma": (
        stages("stage='dev', allowed_cidrs=('203.0.113.7/32')"),
        (
            "stages.py, stage 'dev': allowed_cidrs must be a tuple: write ('203.0.113.7/32',), with the comma, got"
            " '203.0.113.7/32'"
        ),
    ),
    "a setting that is changed": (
        stages(lines="CHANGED = Settings(stage='dev')\nCHANGED.protected = True"),
        (
            "stages.py, line 4, Settings: protected cannot be changed after Settings(...) was created: write"
            " protected=True inside its parentheses"
        ),
    ),
    "a NUL byte": (file("stages.py", "# one\nSTAGES = '\0'\n"), "stages.py, line 2, has a NUL byte; remove it"),
    "an encoding that Python does not know": (
        file("stages.py", "# coding: latin-99\n"),
        "stages.py is not valid Python: ...",
    ),
    "a part with a NUL byte": (
        _part("\0"),
        "stages.py, line 3, imports a file, which is not valid Python: source code ...",
    ),
    "a part that no list names": (
        stages(
            "stage='dev', ec2_capacity=Ec2Capacity(instance_type='m7g', max_instances=3)",
            lines="from constructs_lib.settings import Ec2Capacity",
        ),
        ("stages.py, line 5, Ec2Capacity: instance_type must be an EC2 instance type such as m7g.large, got 'm7g'"),
    ),
    "a part of another folder": (
        stages(
            "stage='dev', compact_capacity=FargateStrategy(spot_percent=120)",
            lines="from constructs_lib.settings import FargateStrategy",
        ),
        ("stages.py, line 5, FargateStrategy: spot_percent must be less than or equal to 100, got 120"),
    ),
    "a part that was copied": (
        stages(
            "stage='dev', worker_pools={'spot': POOL.model_copy(update={'slots': 0})}",
            lines="from constructs_lib.settings import WorkerPool; POOL = WorkerPool()",
        ),
        "stages.py, stage 'dev': worker_pools.spot.slots must be greater than or equal to 1, got 0",
    ),
    "a model of the user": (
        stages(lines="from pydantic import BaseModel\nclass Mine(BaseModel):\n    x: int\nSTAGES = Mine(x='a')"),
        "stages.py, line 6, Mine: x must be a valid integer, unable to parse string as an integer...",
    ),
    "an integer of 5,000 digits": (
        stages("stage='dev', database_storage_gib=10**5000"),
        (
            "stages.py, stage 'dev': database_storage_gib must be an integer of fewer than 64 bits, got"
            " an integer of 16610 bits"
        ),
    ),
    "an option 3,000 tables deep": (
        stages("stage='dev', airflow_config=deep", lines="deep = {}\nfor _ in range(3000): deep = {'a': deep}"),
        ("stages.py, stage 'dev': airflow_config.a.a.a.a.a.a.a.a.a must not be nested more than 10 deep"),
    ),
    "no number": (
        stages("stage='dev', airflow_config={'core': {'parallelism': float('nan')}}"),
        ("stages.py, stage 'dev': airflow_config.core.parallelism must be a finite number, got nan"),
    ),
    "a value of 5,000 characters": (
        stages("stage='dev', database_instance_class='a' * 5000"),
        (
            "stages.py, stage 'dev': database_instance_class must be an RDS instance class such as"
            " db.t4g.small, got 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"
        ),
    ),
    "escapes of a terminal": (
        stages(r"stage='dev', tags={'\x1b[31m\n': 'x'}"),
        r"stages.py, stage 'dev': tags must have keys of 1 to 128 characters without the prefix ...",
    ),
    "escapes of a terminal in a key": (
        stages(r"stage='dev', airflow_config={'\x1b[31m\n': {}}"),
        r"stages.py, stage 'dev': airflow_config.\x1b[31m\n must be a section's name in lower-case ...",
    ),
    **{
        f"a program that raises {name}": (
            stages(lines=f"import os\n{line}"),
            f"stages.py, line 4, {sentence}; it must define STAGES, a tuple of Settings(...)",
        )
        for name, line, sentence in (
            ("KeyError", "os.environ['NO_SUCH']", "raises KeyError: 'NO_SUCH'"),
            ("AttributeError", "os.no_such", "raises AttributeError: module 'os' has no attribute 'no_such'"),
            ("ImportError", "import no_such", "raises ModuleNotFoundError: No module named 'no_such'"),
            ("ValueError", "int('x')", "raises ValueError: invalid literal for int() with base 10: 'x'"),
            ("ZeroDivisionError", "1 / 0", "raises ZeroDivisionError: division by zero"),
            ("FileNotFoundError", "open('x')", "raises FileNotFoundError: [Errno 2] No such file or directory: 'x'"),
            ("RecursionError", "raise RecursionError('too deep')", "raises RecursionError: too deep"),
            ("SystemExit", "raise SystemExit", "ends the program by SystemExit(None)"),
            ("an exit code", "raise SystemExit(3)", "ends the program by SystemExit(3)"),
            ("no message", "raise OSError", "raises OSError: no message"),
            ("no words", "raise type('E', (Exception,), {'__str__': lambda self: 1})()", "raises E: no message"),
        )
    },
    "a part that is not Python": (
        _part("x = = 1\n"),
        "stages.py, line 3, imports teams.py, which is not valid Python, line 1: invalid syntax",
    ),
    "no stages.py": (
        _no_stages,
        "stages.py is missing; it must define STAGES, a tuple of Settings(...)",
    ),
    "stages.py at its old place": (
        lambda clone: clone.write("constructs_lib/stages.py", "STAGES = ()\n"),
        "constructs_lib/stages.py is no longer read: move it to stages.py, beside main.py",
    ),
    "no STAGES": (
        file("stages.py", "STAGE = ()\n"),
        "stages.py has no STAGES; it must define STAGES, a tuple of Settings(...)",
    ),
    "a stage without its comma": (
        file(
            "stages.py",
            "from constructs_lib.settings import Settings\nSTAGES = (Settings(stage='dev'))\n",
        ),
        (
            "stages.py: STAGES is one Settings(...) without a comma after it; it must define STAGES, a"
            " tuple of Settings(...)"
        ),
    ),
    **{
        f"stages that are {value}": (
            file("stages.py", f"STAGES = {value}\n"),
            f"stages.py: it must define STAGES, a tuple of Settings(...), got {value}",
        )
        for value in ("None", "()", "{'dev': 1}", "'dev'")
    },
    "a stage that is a dict": (
        file("stages.py", "STAGES = [{'stage': 'dev'}]\n"),
        "stages.py: STAGES[0] must be Settings(...), got {'stage': 'dev'}",
    ),
    "a stage that was copied": (
        file(
            "stages.py",
            "from constructs_lib.settings import Settings\n"
            "STAGES = (Settings(stage='dev').model_copy(update={'stage': 'DEV'}),)\n",
        ),
        "stages.py, stage 'DEV': stage must be 1 to 13 lower-case letters and digits, the first one a letter, ...",
    ),
    "a stage without name": (
        stages("'dev'"),
        "stages.py, line 5, has a setting without its name; write each as name=value, such as stage='dev'",
    ),
    "a stage twice": (
        stages("stage='dev'", "stage='dev'"),
        "stages.py: stage 'dev' is defined twice; give each stage its own name",
    ),
    "a bundle twice": (
        stages("stage='dev', dags={'team': {'prefix': 'a'}, 'other': {}, 'team': {'prefix': 'b'}}"),
        (
            "stages.py, line 5: the key 'team' is in this table twice, and only the last one would have an effect;"
            " rename or remove one"
        ),
    ),
    "two stages with one place of DAGs": (
        stages("stage='dev', dags={'bucket': 'team-dags'}", "stage='prod', dags={'bucket': 'team-dags'}"),
        (
            "stages.py: stages 'dev' and 'prod' have DAGs in the bucket 'team-dags' with the prefix 'dags'; give each"
            " stage its own prefix"
        ),
    ),
    "an image of no task": (
        stages("stage='dev', task_images={'numbr_task': 'registry.example.com/numbers:1'}"),
        ("stages.py, stage 'dev': task_images.numbr_task is not a folder of tasks/; did you mean 'number_task'?"),
    ),
    "a permission without brackets": (
        file(TASK, '[[permissions]]\nactions = "s3:GetObject"\nresources = ["*"]'),
        (
            f"{TASK}: permissions.0.actions must be an array: write ['s3:GetObject'], in square brackets, got"
            " 's3:GetObject'"
        ),
    ),
    "no TOML": (
        file(TASK, "cpu = 256\nmemory_mib =\n"),
        f"{TASK} is not valid TOML: Invalid value (at line 2, column 13)",
    ),
    "a key of a task": (file(TASK, "memory = 512\n"), f"{TASK}: memory is unknown; did you mean 'memory_mib'?"),
    "a value of a task": (
        file(TASK, "cpu = 512\nmemory_mib = 512\n"),
        f"{TASK}: memory_mib for 512 CPU units must be 1024 to 4096 in steps of 1024, got 512",
    ),
    **_no_files(TASK),
    **_no_files(IGNORE),
    "arrays 3,000 deep": (
        file(TASK, f"x = {'[' * 3000}"),
        f"{TASK} has tables or arrays that are nested too deeply",
    ),
    "arrays 50 deep": (
        file(TASK, f"command = {'[' * 50}{']' * 50}"),
        f"{TASK}: command.0.0.0.0.0.0.0.0.0 must not be nested more than 10 deep",
    ),
    "5,000 digits": (file(TASK, f"cpu = {'9' * 5000}"), f"{TASK} has an integer with too many digits"),
    "65 bits": (
        file(TASK, f"cpu = {2**64}"),
        f"{TASK}: cpu must be an integer of fewer than 64 bits, got 18446744073709551616",
    ),
    "a NUL in the command": (
        file(TASK, r'command = ["a\u0000b"]'),
        rf"{TASK}: command.0 must not contain a NUL character, got 'a\x00b'",
    ),
    "a NUL in the environment": (
        file(TASK, '[environment]\nA = "\\u0000"'),
        rf"{TASK}: environment.A must not contain a NUL character, got '\x00'",
    ),
    "escapes in a key of TOML": (
        file(TASK, r'"\u001b[2J\n" = 1'),
        rf"{TASK}: \x1b[2J\n is unknown; allowed are ...",
    ),
    "a key of 5,000 characters": (file(TASK, f"{'k' * 5000} = 1"), f"{TASK}: {'k' * 51}...{'k' * 26} is unknown; ..."),
    "a pattern that Docker refuses": (
        file(IGNORE, "*.md\na[b\n"),
        f"{IGNORE}, line 2: '[' must start a list of characters that ends with ']', got 'a[b'",
    ),
    "tasks that are a file": (
        _tasks_as_a_file,
        "tasks must be a folder; every folder in it is built into a container image",
    ),
    "a folder name with escapes of a terminal": (
        file("tasks/a\x1b[2J\n/Dockerfile", "FROM scratch\n"),
        r"tasks/a\x1b[2J\n: a task's name must be lower-case letters and digits in words joined by one '_' or '-', ...",
    ),
    "a folder name that is not UTF-8": (
        file(os.fsdecode(b"tasks/a\xff/Dockerfile"), "FROM scratch\n"),
        r"tasks/a\udcff: a task's name must be lower-case letters and digits in words joined by one '_' or '-', ...",
    ),
    "a Dockerfile that is a folder": (
        lambda clone: (clone.folder / "tasks/letters/Dockerfile").mkdir(parents=True),
        "tasks/letters/Dockerfile must be a regular file; an image is built from it",
    ),
    "a Dockerfile that is a named pipe": (
        instead("tasks/letters/Dockerfile", os.mkfifo),
        "tasks/letters/Dockerfile must be a regular file; an image is built from it",
    ),
    "no Dockerfile": (
        file("tasks/letters/main.py", ""),
        "tasks/letters has no Dockerfile; every folder in tasks/ is built into a container image",
    ),
    "a reserved name": (
        file("tasks/worker/Dockerfile", "FROM scratch\n"),
        "tasks/worker: the name is reserved for Airflow's own containers, ...",
    ),
    "the name of a worker pool's family": (
        file("tasks/worker_spot/Dockerfile", "FROM scratch\n"),
        "tasks/worker_spot: names that start with 'worker-' are reserved for worker pools, got 'worker_spot'",
    ),
    "instances that are not there": (
        file(TASK, 'capacity = "EC2"'),
        (
            "tasks/number_task/task.toml, stage 'dev': capacity 'EC2' needs instances; set ec2_capacity of the stage in"
            " stages.py, or use 'FARGATE'"
        ),
    ),
    "one address for two": (
        _clashing_folders,
        (
            "airflow-dev/DagTasks/vendor/TaskDefinition/Resource and"
            " airflow-dev/DagTasks/vendor_task_definition/TaskDefinition/Resource have the same state address"
            " aws_ecs_task_definition.dag_tasks_vendor; give one of them another name"
        ),
    ),
}
