"""The files of a module beside its resources: a README, an example, and tests of its variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_on_fargate.export.folder import text_of
from airflow_on_fargate.export.hcl import Block, Body, expression
from airflow_on_fargate.export.variable import REQUIRED, Variable, escaped, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_on_fargate.export.module import Module

EXAMPLE = "examples/two"
INPUTS = "tests/inputs"
WRONG: Mapping[str, object] = {
    "string": "",
    "number": -1,
    "list(string)": ["wrong"],
    "map(string)": {"aws:reserved": "wrong"},
}
"""A value of each type that no variable with limits accepts."""
STAGES = ("blue", "green")
"""The stages of the example."""


def readme(module: Module, *, region: str) -> str:
    """Return README.md; *region* is the one in which the example works."""
    inputs = [
        f"| `{each.name}` | {_cell(each.description)} | `{_cell(each.type)}` | {_default(each)} |"
        for each in module.variables
    ]
    outputs = [
        f"| `{name}` | {_cell(each['description'])} |" for name, each in sorted(module.document["output"].items())
    ]
    stage = {"stage": '"prod"', **required_values(module)}
    usage = [
        Block("provider", ("aws",), Body({"region": quoted(region)})),
        Block("module", ("airflow",), Body({"source": '"./modules/airflow"'}, (), stage)),
    ]
    return f"""\
# Apache Airflow on AWS Fargate

```hcl
{text_of(usage)}
```

The names of all resources start with `airflow-<stage>`, so an account can have several of them: `{EXAMPLE}` has two
side by side. The module contains no provider: it works in the account and region of the provider that it gets. It has
its own tags in addition to the provider's `default_tags`. The images must be in their registry before an apply.

`terraform test` and `tofu test` test the variables. `tofu test` of OpenTofu 1.12.6 also plans the whole module with
mocks in place of AWS. Terraform up to 1.15 has no mocks for ephemeral resources, which create the passwords.

## Inputs

| name | meaning | type | default |
|---|---|---|---|
{_lines(inputs)}

## Outputs

| name | meaning |
|---|---|
{_lines(outputs)}"""


def example(module: Module, *, region: str) -> list[Block]:
    """Return the blocks of a root that has the module twice."""
    required = [each for each in module.variables if each.default is REQUIRED]
    return [
        Block("terraform", (), Body({}, [Block("required_providers", (), Body(_providers(module)))])),
        Block("provider", ("aws",), Body({"region": quoted(region)})),
        *(
            Block(
                "variable",
                (each.name,),
                Body({"type": each.type, "description": expression(escaped(each.description))}),
            )
            for each in required
        ),
        *(
            Block("module", (stage,), Body({"source": '"../.."'}, (), _arguments(module, stage, required)))
            for stage in STAGES
        ),
        *(Block("output", (f"{stage}_url",), Body({"value": f"module.{stage}.airflow_url"})) for stage in STAGES),
    ]


def tests(module: Module) -> list[Block]:
    """Return the blocks of the tests: the defaults are accepted, and a wrong value of each variable is refused."""
    required = required_values(module)
    limited = [each for each in module.variables if each.conditions]
    return [
        *([Block("variables", (), Body(required))] if required else []),
        _run("defaults", {}, {}),
        *(
            _run(
                f"wrong_{each.name}",
                {each.name: expression(escaped(_wrong(each)))},
                {"expect_failures": f"[var.{each.name}]"},
            )
            for each in limited
        ),
    ]


def required_values(module: Module) -> dict[str, str]:
    """Return a value of each variable without a default, by its name."""
    return {each.name: expression(each.example) for each in module.variables if each.default is REQUIRED}


def _run(name: str, variables: Mapping[str, str], after: Mapping[str, str]) -> Block:
    blocks = [Block("module", (), Body({"source": quoted(f"./{INPUTS}")}))]
    blocks += [Block("variables", (), Body(variables))] if variables else []
    return Block("run", (name,), Body({"command": "plan"}, blocks, after))


def _wrong(variable: Variable) -> Any:  # noqa: ANN401 any value of a variable
    if variable.type.startswith("object"):
        return dict.fromkeys(variable.fields, "")
    return WRONG[variable.type]


def _providers(module: Module) -> dict[str, str]:
    return {name: expression(each) for name, each in module.document["terraform"]["required_providers"].items()}


def _arguments(module: Module, stage: str, required: Sequence[Variable]) -> dict[str, str]:
    """Return the arguments of one module: what its stage must have for itself, and what the root passes on."""
    own = {"stage": stage, "existing_database_name": stage}
    names = {each.name: each for each in module.variables}
    if domain := names.get("domain_name"):
        own["domain_name"] = f"{stage}.{domain.default}"
    return {name: quoted(value) for name, value in own.items() if name in names} | {
        each.name: f"var.{each.name}" for each in required
    }


def _default(variable: Variable) -> str:
    if variable.default is REQUIRED:
        return "required"
    return f"`{_cell(' '.join(expression(escaped(variable.default)).split()))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(lines)
