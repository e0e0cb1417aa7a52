"""
Print what dependencies hold under the names of a JSON list: the parameters, and a checksum of the source.

`python -m tests.upstream_sources '["celery.worker.state.should_stop"]'`; run by test_private_parts.py.
"""

import hashlib
import importlib
import inspect
import json
import re
import sys
import types
from typing import Any

FIELD = "field"


def found(name: str) -> Any:  # noqa: ANN401 any value
    """
    Return what has the whole path *name*.

    Raises:
        AttributeError: a module or a class on the way does not have it.

    """
    parts = name.split(".")
    for count in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:count])
        try:
            value: Any = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if not module.startswith(error.name or module):
                raise
            continue
        for part in parts[count:]:
            value = _member(value, part)
        return value
    raise AttributeError(name)


def _member(value: Any, name: str) -> Any:  # noqa: ANN401 any value
    """Return what *value* has under the *name*; for a class that may be an attribute that its methods set."""
    if not inspect.isclass(value):
        return getattr(value, name)
    try:
        return inspect.getattr_static(value, name)
    except AttributeError:
        if f"self.{name} = " in inspect.getsource(value):
            return FIELD
        raise


def described(name: str) -> str:
    """Return the parameters of a function and a checksum of its source, or the value of a constant."""
    try:
        value = found(name)
    except AttributeError:
        return "is gone"
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    if isinstance(value, property):
        value = value.fget
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    if inspect.ismemberdescriptor(value) or value is FIELD:
        return FIELD
    if isinstance(value, set | frozenset):
        return repr(sorted(value))
    if not inspect.isclass(value) and not inspect.isfunction(value):
        return repr(value) if isinstance(value, str | int | float | None) else type(value).__name__
    parameters = "" if inspect.isclass(value) else f"({', '.join(map(_parameter, _parameters(value)))}) "
    # Python itself comes in several versions.
    is_python = value.__module__.partition(".")[0] in sys.stdlib_module_names
    return f"{parameters}{'' if is_python else _checksum(value)}".strip()


def _parameters(function: types.FunctionType) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())


def _parameter(each: inspect.Parameter) -> str:
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(each.kind.name, "")
    keyword = "by name " if each.kind == each.KEYWORD_ONLY else ""
    return f"{keyword}{stars}{each.name}{'' if each.default is each.empty else '='}"


def _checksum(value: Any) -> str:  # noqa: ANN401 a class or a function
    """Return a checksum of the source without its comments and blank lines."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in inspect.getsource(value).splitlines())
    return hashlib.sha256("\n".join(filter(None, lines)).encode()).hexdigest()[:12]


if __name__ == "__main__":
    print(json.dumps({name: described(name) for name in json.loads(sys.argv[1])}))  # noqa: T201 for the test
