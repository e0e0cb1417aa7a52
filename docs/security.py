"""Write what a worker's role may do into docs/security.md: `.venv/bin/python docs/security.py`."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from cdktf import Testing

from constructs_lib.airflow_stack import AirflowStack
from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.engine.template import Expression, filled_in
from constructs_lib.settings.settings import Settings

PAGE = Path(__file__).with_suffix(".md")
SETTINGS = Settings(stage="prod", topology="split")
TABLE = re.compile(r"(<!-- role of a worker -->\n).*?(<!-- end -->)", re.DOTALL)
ROLE = "worker_default_task"


def page(text: str) -> str:
    """Return the page with the table as it is."""
    composed = AirflowStack(Testing.app(), SETTINGS.name, settings=SETTINGS, folders=(), project=PAGE.parents[1])
    stack = SynthesizedStack(json.loads(Testing.synth(composed)))
    rows = [
        f"| {_code(each['Action'])} | {_code(map(_short, each['Resource']))} | {_conditions(each)} |"
        for _, each in stack.statements(name=ROLE)
    ]
    table = "\n".join(["| actions | resources | conditions |", "|---|---|---|", *rows])
    return TABLE.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def _conditions(statement: Mapping[str, Any]) -> str:
    return ", ".join(
        f"`{key}` {operator} `{_short(value)}`"
        for operator, keys in statement.get("Condition", {}).items()
        for key, value in keys.items()
    )


def _code(words: Any) -> str:  # noqa: ANN401 a word, or several
    return ", ".join(f"`{each}`" for each in ([words] if isinstance(words, str) else words))


def _short(text: str) -> str:
    """Return an ARN without partition, region and account, and a reference as Terraform's address."""
    text = str(filled_in(text, _address))
    # The ARN is "arn:partition:service:region:account:resource".
    return text.split(":", 5)[5] if text.startswith("arn:") else text


def _address(expression: Expression) -> str:
    [reference] = expression.references
    return "" if reference.type in ("aws_caller_identity", "aws_partition") else reference.address


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
