"""Write docs/api.md, the reference of the public names, from their docstrings: `.venv/bin/python docs/api.py`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parent
PAGE = DOCS / "api.md"
LIBRARY = "constructs_lib"
OPERATOR = "airflow_fargate.FargateTaskOperator"
"""The public name of the image, for DAGs."""
SETTINGS = "settings"
"""The part of the library whose names docs/settings.md describes."""
STACK = "AirflowStack"
"""The name that most users begin with."""
LINE_LENGTH = 100
HEAD = """# API reference

The public names of `constructs_lib`, and the operator of `airflow_fargate`. `docs/api.py` writes this page from the
docstrings, and a test compares the two. Names that are not here may change in any version. [Settings](settings.md) has
the fields of `Settings` and of its models, and [architecture](architecture.md) says what the parts are for.
"""


def page() -> str:
    """Return the text of the page."""
    library = griffe.load(LIBRARY, search_paths=[DOCS.parent], docstring_parser="google", allow_inspection=False)
    package, _, operator = OPERATOR.partition(".")
    # Airflow's operators describe their arguments in Sphinx's style, and so does ours.
    image = griffe.load(
        package, search_paths=[DOCS.parent / "docker"], docstring_parser="sphinx", allow_inspection=False
    )
    names = sorted(set(_exports(library)) - set(_exports(library[SETTINGS])), key=lambda name: (name != STACK, name))
    objects = [_resolved(image[operator]), *(_resolved(library[name]) for name in names)]
    return "\n".join([HEAD, *(line for each in objects for line in _reference(each))])


def _exports(module: griffe.Object | griffe.Alias) -> list[str]:
    """Return the names in `__all__` of *module*."""
    return [str(each) for each in module.exports or ()]


def _resolved(found: griffe.Object | griffe.Alias) -> griffe.Object:
    return found.final_target if isinstance(found, griffe.Alias) else found


def _reference(found: griffe.Object) -> Iterator[str]:
    package = found.path.partition(".")[0]
    yield f"## {found.name}\n"
    yield f"`from {package} import {found.name}`\n"
    yield from _described(found)
    if isinstance(found, griffe.Class):
        yield from _members(found)


def _described(found: griffe.Object) -> Iterator[str]:
    """Yield the signature of a class or function, and its docstring."""
    if found.is_class or found.is_function:
        yield f"```python\n{_signature(found)}\n```\n"
    if found.docstring:
        yield from _docstring(found.docstring)


def _members(owner: griffe.Class) -> Iterator[str]:
    members = [_resolved(each) for name, each in owner.members.items() if not name.startswith("_")]
    attributes = [each for each in members if each.is_attribute]
    if attributes:
        yield "Attributes:\n"
        yield from (f"- `{each.name}`{_meaning(each)}" for each in attributes)
        yield ""
    for each in members:
        if isinstance(each, griffe.Function) and not _overrides(each):
            yield f"### {owner.name}.{each.name}\n"
            yield from _described(each)


def _overrides(method: griffe.Function) -> bool:
    """Return whether *method* is that of a base class, which calls it and describes it."""
    return any(str(each.value).endswith("override") for each in method.decorators)


def _meaning(attribute: griffe.Object) -> str:
    return f": {' '.join(attribute.docstring.value.split())}" if attribute.docstring else ""


def _signature(found: griffe.Object) -> str:
    """Return a signature in one line, or with an argument in each line if that is too long."""
    function: griffe.Object | griffe.Alias = found
    prefix, ending = f"def {found.name}", ""
    if isinstance(found, griffe.Class):
        function, prefix = found.all_members.get("__init__", found), f"class {found.name}"
    elif isinstance(found, griffe.Function) and found.returns:
        ending = f" -> {found.returns}"
    if not isinstance(function, griffe.Function):
        return prefix
    arguments = list(_arguments(function))
    line = f"{prefix}({', '.join(arguments)}){ending}"
    if len(line) <= LINE_LENGTH:
        return line
    return "\n".join([f"{prefix}(", *(f"    {each}," for each in arguments), f"){ending}"])


def _arguments(function: griffe.Function) -> Iterator[str]:
    keyword_only = False
    for each in function.parameters:
        if each.name == "self":
            continue
        if each.kind is griffe.ParameterKind.keyword_only and not keyword_only:
            keyword_only = True
            yield "*"
        star = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}.get(each.kind, "")
        keyword_only = keyword_only or star == "*"
        annotation = f": {each.annotation}" if each.annotation else ""
        default = f" = {each.default}" if each.default is not None and not star else ""
        yield f"{star}{each.name}{annotation}{default}"


def _docstring(docstring: griffe.Docstring) -> Iterator[str]:
    for section in docstring.parsed:
        if isinstance(section, griffe.DocstringSectionText):
            yield f"{section.value}\n"
        elif isinstance(section, griffe.DocstringSectionParameters):
            yield from (f"- `{each.name}`: {' '.join(each.description.split())}" for each in section.value)
            yield ""
        elif isinstance(section, griffe.DocstringSectionRaises):
            yield from (f"Raises `{each.annotation}`: {' '.join(each.description.split())}\n" for each in section.value)
        else:
            msg = f"a docstring has a section that the page cannot show: {section.kind.value}"
            raise TypeError(msg)


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE.relative_to(DOCS.parent)}\n")
    PAGE.write_text(page(), encoding="utf-8")
