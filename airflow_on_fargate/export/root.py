"""The files of a root module: the same resources as in the JSON of a stack, at the same addresses."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from airflow_on_fargate.export.hcl import Block, Body, expression, reference, references
from airflow_on_fargate.export.layout import MAIN, Layout, Nesting
from constructs_lib.engine.template import references as references_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs_lib.engine.synthesized_stack import Attributes, SynthesizedStack

LIFECYCLE: Nesting = {"precondition": {}, "postcondition": {}}
"""The blocks in a `lifecycle` block. It is Terraform's own; the engine describes those of providers only."""
CLOUD: Nesting = {"workspaces": {}}
VARIABLE: Nesting = {"validation": {}}
KEYWORDS = ("on_failure", "when")
"""The arguments of a provisioner whose values are keywords."""


def files_of(stack: SynthesizedStack, layout: Layout) -> dict[str, list[Block]]:
    """Return the blocks of each file, by its name without `.tf`."""
    document = stack.document
    files: dict[str, list[Block]] = defaultdict(list)
    files["terraform"] += [_terraform(document.get("terraform", {})), *_providers(document, layout), *_moves(document)]
    for name, variable in document.get("variable", {}).items():
        files["variables"].append(Block("variable", (name,), _variable(variable)))
    if values := document.get("locals"):
        files["locals"].append(Block("locals", (), _body(values)))
    owners = _owners(stack)
    for each in stack.all_resources():
        body = _resource(each.attributes, layout.nestings.get(each.address, {}))
        file = layout.files.get(owners.get(each.address, each.address), MAIN)
        files[file].append(Block(each.block, (each.type, each.name), body))
    for kind, file in (("module", MAIN), ("output", "outputs")):
        files[file] += [Block(kind, (name,), _resource(each, {})) for name, each in document.get(kind, {}).items()]
    return {file: blocks for file, blocks in files.items() if blocks}


def _owners(stack: SynthesizedStack) -> dict[str, str]:
    """Return for each ephemeral resource the first resource that uses it, directly or through another ephemeral one."""
    users: dict[str, str] = {}
    for resource in stack.all_resources():
        for each in references_in(resource.attributes):
            if each.block == "ephemeral":
                users.setdefault(each.address, resource.address)
    owners = dict(users)
    for address in users:
        # Terraform allows no cycles.
        while owners[address] in users:
            owners[address] = users[owners[address]]
    return owners


def _terraform(settings: Attributes) -> Block:
    """Return the block `terraform`: versions, providers, and where the state is."""
    values = dict(settings)
    blocks = [Block("required_providers", (), _body(values.pop("required_providers", {})))]
    blocks += [Block("backend", (kind,), _body(each)) for kind, each in values.pop("backend", {}).items()]
    blocks += [Block("cloud", (), _body(values.pop("cloud"), CLOUD))] if "cloud" in values else []
    return Block("terraform", (), Body(_body(values).arguments, blocks))


def _providers(document: Mapping[str, Any], layout: Layout) -> list[Block]:
    return [
        Block("provider", (name,), _body(each, layout.providers.get(name, {})))
        for name, bodies in document.get("provider", {}).items()
        for each in bodies
    ]


def _moves(document: Mapping[str, Any]) -> list[Block]:
    """Return the blocks `moved` and `removed`, whose addresses are references."""
    return [
        Block(
            kind,
            (),
            Body(
                {key: reference(value) for key, value in each.items() if key != "lifecycle"},
                _blocks("lifecycle", each.get("lifecycle"), LIFECYCLE),
            ),
        )
        for kind in ("moved", "removed")
        for each in document.get(kind, ())
    ]


def _variable(variable: Attributes) -> Body:
    """Return the body of a variable, whose type is written as it is."""
    body = _body({key: value for key, value in variable.items() if key != "type"}, VARIABLE)
    kind = {"type": variable["type"]} if "type" in variable else {}
    return Body(kind | dict(body.arguments), body.blocks)


def _resource(attributes: Attributes, nesting: Nesting) -> Body:
    """Return the body of a resource, its meta-arguments first or last (Terraform, "Style Guide")."""
    values = {key: value for key, value in attributes.items() if key != "//"}
    provisioners = values.pop("provisioner", ())
    dynamic = [_dynamic(kind, each) for kind, each in values.pop("dynamic", {}).items()]
    lifecycle, depends_on = values.pop("lifecycle", None), values.pop("depends_on", ())
    first = {"provider": reference(values.pop("provider"))} if "provider" in values else {}
    if "for_each" in values:
        first["for_each"] = expression(values.pop("for_each"))
    body = _body(values, nesting)
    after = {"depends_on": references(depends_on)} if depends_on else {}
    blocks = [
        *body.blocks,
        *dynamic,
        *(_provisioner(kind, each) for entry in provisioners for kind, each in entry.items()),
    ]
    return Body(first | dict(body.arguments), [*blocks, *_lifecycle(lifecycle)], after)


def _dynamic(kind: str, values: Attributes) -> Block:
    """Return a block that stands for one of *kind* for each element."""
    content = Block("content", (), _body(values["content"]))
    return Block("dynamic", (kind,), Body({"for_each": expression(values["for_each"])}, [content]))


def _provisioner(kind: str, values: Attributes) -> Block:
    keywords = {key: values[key] for key in KEYWORDS if key in values}
    body = _body({key: value for key, value in values.items() if key not in KEYWORDS}, {"connection": {}})
    return Block("provisioner", (kind,), Body(dict(body.arguments) | keywords, body.blocks))


def _lifecycle(values: Attributes | None) -> list[Block]:
    if not values:
        return []
    listed = {
        key: each if isinstance(each, str) else references(each)
        for key, each in values.items()
        if key in ("ignore_changes", "replace_triggered_by")
    }
    body = _body({key: each for key, each in values.items() if key not in listed}, LIFECYCLE)
    return [Block("lifecycle", (), Body(dict(body.arguments) | listed, body.blocks))]


def _body(values: Attributes, nesting: Nesting | None = None) -> Body:
    """Return the body with *values*; those that *nesting* names are blocks, of which there may be several."""
    nested = nesting or {}
    arguments = {key: expression(value) for key, value in values.items() if key not in nested}
    return Body(arguments, [block for key, inner in nested.items() for block in _blocks(key, values.get(key), inner)])


def _blocks(kind: str, value: Any, nesting: Nesting) -> list[Block]:  # noqa: ANN401 as JSON is
    entries: Sequence[Attributes] = value if isinstance(value, list) else [value] if value is not None else []
    return [Block(kind, (), _body(each, nesting)) for each in entries]
