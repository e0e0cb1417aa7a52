"""
Print which methods of the image's classes override one of a dependency, and what is wrong with them.

`python overrides.py`; run by test_overrides.py. mypy sees the same, but not where a dependency has no types, as Celery.
"""

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Iterator
from typing import Any

import airflow_fargate

NOT_COMPARED = {"__init__", "__module__", "__doc__", "__dict__", "__weakref__"}


def classes() -> Iterator[type]:
    """Yield the classes of the image that are made of a dependency's."""
    for module in pkgutil.walk_packages(airflow_fargate.__path__, "airflow_fargate."):
        if not module.name.endswith("__main__"):
            for each in vars(importlib.import_module(module.name)).values():
                if inspect.isclass(each) and each.__module__ == module.name and any(map(is_upstream, each.__mro__)):
                    yield each


def is_upstream(kind: type) -> bool:
    """Whether a class is a dependency's."""
    return kind.__module__.partition(".")[0] not in {*sys.stdlib_module_names, "airflow_fargate"}


def function(value: Any) -> Any:  # noqa: ANN401 any attribute
    """Return the function in a method of any kind, or None."""
    # Airflow keeps the class method `partial` in a descriptor.
    value = getattr(value, "class_method", value)
    value = getattr(value, "__func__", getattr(value, "fget", value))
    return value if inspect.isfunction(value) else None


def problem(ours: Any, theirs: Any) -> str:  # noqa: ANN401 functions
    """Return what is wrong with our method in the place of theirs, or nothing."""
    if not theirs:
        return "" if not hasattr(ours, "__override__") else "overrides nothing"
    if not hasattr(ours, "__override__"):
        return "is not marked"
    parameters = [
        each
        for each in inspect.signature(theirs).parameters.values()
        if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    positional = [None for each in parameters if each.kind != each.KEYWORD_ONLY]
    by_name = {each.name: None for each in parameters if each.kind == each.KEYWORD_ONLY}
    own = inspect.signature(ours)
    try:
        own.bind(*positional, **by_name)
        own.bind(*positional[:1], **{each.name: None for each in parameters[1:]})
    except TypeError as error:
        return f"does not take what the parent takes: {error}"
    return ""


def found() -> Iterator[tuple[str, str]]:
    """Yield each method that overrides one, or is marked so, and what is wrong with it."""
    for kind in classes():
        for name, value in vars(kind).items():
            ours = function(value)
            if not ours or name in NOT_COMPARED:
                continue
            parents = (vars(each).get(name) for each in kind.__mro__[1:])
            theirs = next(filter(None, map(function, parents)), None)
            if theirs or hasattr(ours, "__override__"):
                yield f"{kind.__module__}.{kind.__qualname__}.{name}", problem(ours, theirs)


if __name__ == "__main__":
    print(json.dumps(dict(found())))  # noqa: T201 for the test
