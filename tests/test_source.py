"""Promises of the source: what composing does not read, how long files are, names, and docstrings of what is public."""

import ast
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import main
from tests.python_source import nodes_of, parsed

PROJECT = Path(main.__file__).parent
SHARED = sorted((PROJECT / "constructs_lib/shared").glob("*.py"))
SOURCES = sorted(
    [PROJECT / "main.py", *(PROJECT / "airflow_on_fargate").rglob("*.py"), *(PROJECT / "constructs_lib").rglob("*.py")]
)
IMAGE = sorted((PROJECT / "docker/airflow_fargate").rglob("*.py"))
TESTS = sorted(file for folder in ("tests", "dag_tests") for file in (PROJECT / folder).rglob("test_*.py"))
ORDER = (
    *("shared", "engine", "settings", "iam", "network", "storage", "push_image", "ecs", "tasks", "airflow", "pause"),
)
"""The folders of the library; each may import those before it. Modules outside them may import all."""
OUTSIDE = {"datetime", "getpass", "http", "locale", "platform", "random", "secrets", "socket", "subprocess", "time"} | {
    "urllib",
    "uuid",
    "boto3",
}
"""Modules that depend on the machine, the time or the network."""
VAGUE = {"given", "least", "most", "said", "tell", "tells", "told"}
"""Words that names have no use for: a name says what a value is; the field says minimum and maximum."""
DATA = {
    "tests/airflow_fargate/dag_processor/test_affected_files.py": "DAG files of a user",
    "tests/airflow/test_image_needs.py": "a plugin of a user",
    "tests/airflow_on_fargate/dags/test_checks.py": "DAG files of a user",
    "tests/airflow_on_fargate/dags/test_killed_push.py": "the stages of a project",
    "tests/airflow_on_fargate/test_refusals.py": "imports in the stages of a project",
    "tests/clone.py": "the stages of a project",
    "tests/docker/programs/unserved_queue.py": "a DAG of a user",
    "tests/local/aws/test_stop.py": "a package that a user's task installs",
    "tests/local/aws/test_task_command.py": "tasks of users, and a package that they install",
    "tests/local/running_stack/test_containers.py": "a DAG of a user",
    "tests/local/running_stack/test_stack.py": "a DAG of a user",
    "tests/local/test_task_files.py": "a task of a user",
    "tests/refused_projects.py": "the stages of projects that are refused",
    "tests/test_source.py": "sources that the searches of this file are tried with",
}
"""Files whose strings hold Python that users write and tests hand over; no test runs it by itself."""
FOLDERS = (
    *(
        "airflow_on_fargate",
        "benchmarks",
        "constructs_lib",
        "dag_tests",
        "dags",
        "docker",
        "docs",
        "examples",
        "tasks",
        "tests",
    ),
)
"""All that have Python of ours."""
ENVIRONMENT = ("environ", "getenv", "getcwd", "expanduser", "home", "cwd", "getlogin", "uname")
EQUAL = {
    "ANYWHERE": "the picture is drawn from the JSON, without the bindings that the network imports",
    "PARALLEL_CALLS": "calls of S3, and of registries",
    "WIDTH": "of HCL, and of the JSON of policies",
}
"""Constants that two modules have with the same value, for different things or because one cannot import the other."""
LINES = {
    "main.py": 100,
    # All values of Airflow's options are in one file, each with its reason.
    "constructs_lib/airflow/environment.py": 500,
}


def place(file: Path) -> str:
    """Return the path of *file* in the project."""
    return str(file.relative_to(PROJECT))


def constants(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of each constant of *module*, except intervals."""
    for node in module.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name.isupper() and not name.endswith("_SEC"):
                yield name, ast.unparse(value)


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the modules that a source of these nodes imports."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{each.name}" for each in node.names)


NOT_COMPOSING = "airflow_on_fargate.images.images"
"""It asks a registry. main.py imports it only for a command that does not compose."""


def composing() -> list[Path]:
    """Return main.py and the modules of the project that it imports, over however many steps."""
    found: list[Path] = []
    waiting = [PROJECT / "main.py"]
    while waiting:
        file = waiting.pop()
        found.append(file)
        for module in imported(nodes_of(file)):
            source = PROJECT.joinpath(*module.split(".")).with_suffix(".py")
            if (
                module.startswith(("airflow_on_fargate.", "constructs_lib."))
                and module != NOT_COMPOSING
                and source.is_file()
                and source not in [*found, *waiting]
            ):
                waiting.append(source)
    return sorted(found)


def test_composing_reads_nothing_of_the_machine() -> None:
    """Composing uses no clock, network or random number; only main.py and the engine's start read the environment."""
    found = []
    for file in composing():
        modules = set(imported(nodes_of(file)))
        names = {node.attr for node in nodes_of(file) if isinstance(node, ast.Attribute)}
        names |= {module.rpartition(".")[2] for module in modules}
        outside = {module.partition(".")[0] for module in modules} & OUTSIDE
        if file.name not in ("main.py", "lazy_bindings.py"):
            outside |= names & set(ENVIRONMENT)
        found += [f"{place(file)}: {name}" for name in outside]

    assert found == []


def test_imports_run_one_way() -> None:
    """Imports between the library's folders run one way."""
    library = PROJECT / "constructs_lib"
    arrows = {
        f"{file.relative_to(PROJECT)} imports {module}"
        for file in library.rglob("*.py")
        for module in imported(nodes_of(file))
        if file.parent != library and _place(module) > ORDER.index(file.relative_to(library).parts[0])
    }

    assert not arrows
    assert {folder.name for folder in library.iterdir() if (folder / "__init__.py").exists()} == set(ORDER)


def test_the_page_lists_the_folders_in_their_order() -> None:
    """The page about the architecture has all folders, in the order in which they may import."""
    page = (PROJECT / "docs/architecture.md").read_text()

    assert re.findall(r"^\| `(\w+)/` \|", page, re.MULTILINE) == list(ORDER)


def test_the_readme_names_every_folder_of_programs() -> None:
    """README.md has a line for each folder of airflow_on_fargate/ with programs."""
    folders = {file.parent.name for file in (PROJECT / "airflow_on_fargate").glob("*/__init__.py")}

    lines = re.findall(r"^  ((?:\w+/(?:, )?)+) ", (PROJECT / "README.md").read_text(), re.MULTILINE)
    assert sorted(re.findall(r"\w+", " ".join(lines))) == sorted(folders)


def test_every_import_of_the_library_is_seen() -> None:
    """Every import is found, also inside a function or only for types."""
    source = (
        "if TYPE_CHECKING:\n    from constructs_lib.pause import pause\ndef f():\n    import constructs_lib.ecs.cluster"
    )

    assert {"constructs_lib.pause.pause", "constructs_lib.ecs.cluster"} <= set(imported(ast.walk(ast.parse(source))))
    assert _place("constructs_lib.pause.pause") == ORDER.index("pause")
    assert _place("airflow_on_fargate.program") == _place("constructs_lib.airflow_stack") == len(ORDER)
    assert _place("pydantic") == -1


def _place(module: str) -> int:
    """Return where *module* stands in the order: outside of the library last, other packages before all."""
    first, *rest = module.split(".")
    if first != "constructs_lib":
        return len(ORDER) if first in ("airflow_on_fargate", "main", "stages") else -1
    return ORDER.index(rest[0]) if rest and rest[0] in ORDER else len(ORDER) if rest else -1


def test_shared_code_imports_only_shared_code() -> None:
    """The shared folder imports nothing else of the library."""
    others = [
        f"{place(file)}: {module}"
        for file in SHARED
        for module in imported(nodes_of(file))
        if module.startswith((".", "constructs_lib")) and not module.startswith("constructs_lib.shared.")
    ]

    assert others == []


def test_the_environment_says_three_things() -> None:
    """Composing reads only the variables for the state's bucket and those of the engine."""
    read = {name for file in composing() for name in re.findall(r"environment\.get\(\"(\w+)", file.read_text())}

    assert (PROJECT / "main.py").read_text().count("os.environ") == 1
    assert read == {"CDKTF_CONTEXT_JSON", "CDKTF_OUTDIR", "TF_STATE_BUCKET"}


def test_one_file_reads_the_synthesized_json() -> None:
    """Only synthesized_stack.py parses the JSON."""
    folders = ("airflow_on_fargate", "benchmarks", "constructs_lib", "docs")
    reader = PROJECT / "constructs_lib/engine/synthesized_stack.py"
    found = []
    for file in (each for folder in folders for each in PROJECT.glob(f"{folder}/**/*.py") if each != reader):
        texts = {node.value for node in nodes_of(file) if isinstance(node, ast.Constant)}
        if texts & {"cdk.tf.json", "container_definitions", "resource"} or any(
            isinstance(text, str) and re.search(r"\\\$\\\{|aws_[a-z_]+\\\.", text) for text in texts
        ):
            found.append(str(file.relative_to(PROJECT)))

    # It hands the definitions on to ECS, with references resolved.
    assert found == ["airflow_on_fargate/local/provision.py"]


def test_tests_ask_the_reader() -> None:
    """No test reads the JSON of a stack without the reader, except two that change the JSON."""
    found = {
        str(file.relative_to(PROJECT))
        for file in PROJECT.glob("tests/**/*.py")
        for node in nodes_of(file)
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value in ("resource", "data", "ephemeral")
        and ast.unparse(node.value).endswith("document")
    }

    assert found == {"tests/pictured.py", "tests/terraform/test_destroy_again.py"}


def test_a_file_is_read_in_one_go() -> None:
    """A file of the product has at most 300 lines, apart from the exceptions listed here."""
    lines = {place(file): len(file.read_text().splitlines()) for file in (*SOURCES, *IMAGE)}

    assert {file: count for file, count in lines.items() if count > LINES.get(file, 300)} == {}


def test_a_function_fits_on_a_screen() -> None:
    """A function has at most 50 lines, in tests and benchmarks too."""
    long = [
        f"{place(file)}:{node.lineno}: {node.name}"
        for file in PYTHON
        for node in nodes_of(file)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
    ]

    assert long == []


def test_a_constant_that_two_modules_share_is_imported() -> None:
    """No two modules of the product define a constant with the same name and value, except those listed here."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for file in (*SOURCES, *IMAGE):
        for name, value in constants(parsed(file)):
            found[name, value].append(place(file))

    assert {name for (name, _), places in found.items() if len(places) > 1} == set(EQUAL)


def test_every_constant_is_seen() -> None:
    """Every constant of a module is found, except intervals, which many loops have in common by chance."""
    source = "A = 1\nB: Final = {'c': 2}\nD, e = 3, 4\nPAUSE_SEC = 5\n_F = frozenset((6,))\ndef g():\n    H = 7\n"

    assert dict(constants(ast.parse(source))) == {"A": "1", "B": "{'c': 2}", "_F": "frozenset((6,))"}


def test_what_is_public_has_a_docstring() -> None:
    """Each module and each public class, function and method has a docstring."""
    without = [
        f"{place(file)}:{getattr(node, 'lineno', 1)}"
        for file in SOURCES
        for node in (parsed(file), *_public(parsed(file)))
        if not ast.get_docstring(node)
    ]

    assert without == []


def test_a_test_makes_one_promise() -> None:
    """Each test has a docstring of one sentence."""
    tests = [
        (file.relative_to(PROJECT), node.name, ast.get_docstring(node) or "")
        for file in TESTS
        for node in nodes_of(file)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    ]

    assert tests
    assert [(file, name) for file, name, docstring in tests if re.findall(r"[.?!](?=\s|$)", docstring) != ["."]] == []


PYTHON = sorted(
    [
        *(PROJECT / name for name in ("main.py", "stages.py")),
        *(file for folder in FOLDERS for file in (PROJECT / folder).rglob("*.py")),
    ]
)


def defined(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that a source of these nodes defines: functions, classes, arguments, variables, attributes."""
    for node in nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name


def programs(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the strings of a source of these nodes that are Python programs: an import, and more that uses it."""
    for text in _texts(nodes):
        try:
            found = ast.parse(textwrap.dedent(text))
        except SyntaxError:
            continue
        if len(found.body) > 1 and any(isinstance(each, ast.Import | ast.ImportFrom) for each in ast.walk(found)):
            yield text


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the strings with an import; what an f-string fills in is a name."""
    for node in nodes:
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        text = "".join(str(each.value) if isinstance(each, ast.Constant) else "filled_in" for each in parts)
        if "import " in text:
            yield text


def test_names_say_what_a_value_is() -> None:
    """No name of the project has a vague word as a part."""
    vague = [
        f"{file.relative_to(PROJECT)}: {name}"
        for file in PYTHON
        for name in defined(nodes_of(file))
        if VAGUE & set(name.lower().split("_"))
    ]

    assert vague == []


def test_every_defined_name_is_seen() -> None:
    """Every kind of defined name is found."""
    source = (
        "import a as b\nclass C:\n    d: int = 1\n"
        "    async def e(self, f, *g, h=1, **i):\n        self.j, (k, *l) = m\n"
        "for n in o: pass\nwith p as q: pass\ntry: pass\nexcept R as s: pass\n[t for t in u]\nv = lambda w: (x := 1)\n"
        "match y:\n    case {'z': aa}: pass\n    case [*bb]: pass\n"
    )

    assert set(defined(ast.walk(ast.parse(source)))) == {*"bCdefghijklnqstvwx", "self", "aa", "bb"}


def test_no_program_is_inside_a_string() -> None:
    """No program of tests, benchmarks or tools is inside a string."""
    found = {
        f"{path}: {program[:60]!r}"
        for file in PYTHON
        if (path := str(file.relative_to(PROJECT))) not in DATA
        for program in programs(nodes_of(file))
    }

    assert found == set()
    assert [path for path in DATA if not list(programs(nodes_of(PROJECT / path)))] == []


def test_every_program_in_a_string_is_seen() -> None:
    """Every program inside a string is found."""
    sources = (
        'A = """\n    import sys\n    sys.exit()\n"""',
        'run("-c", "import os; os.abort()")',
        'B = f"""import json\nprint(json, {c!r})\n"""',
    )

    assert [len(list(programs(ast.walk(ast.parse(source))))) for source in sources] == [1, 1, 1]
    assert list(programs(ast.walk(ast.parse("D = 'from a import b'")))) == []


def _public(parent: ast.AST) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)
