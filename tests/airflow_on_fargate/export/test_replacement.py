"""Probes in JSON, and what takes their place."""

from typing import Any

import pytest

from airflow_on_fargate.export.replacement import Replacement, Replacer
from constructs_lib.engine.template import json_text

REPLACEMENTS = [
    Replacement("zq1x", "var.stage", "dev"),
    Replacement("_zq2x", "_a", "_0a", is_word=True),
    Replacement("zq2x", "var.subnets[0]", "0a"),
    Replacement(7000003, "var.count", 4),
]
VARIABLES = {"LIMIT": Replacement("512", "tostring(min(var.count, 512))", "4")}


def replaced(value: Any, *, with_values: bool) -> Any:  # noqa: ANN401 as JSON is
    """Return *value* with expressions or values."""
    return Replacer(REPLACEMENTS, variables=VARIABLES, with_values=with_values).replaced(value)


@pytest.mark.parametrize(
    ("value", "expression", "own"),
    [
        ("plain", "plain", "plain"),
        (7, 7, 7),
        (True, True, True),
        (None, None, None),
        (7000003, "${var.count}", 4),
        ("7000003", "${var.count}", "4"),
        ("zq1x", "${var.stage}", "dev"),
        ("airflow-zq1x-a", "airflow-${var.stage}-a", "airflow-dev-a"),
        ("17000003 zq1xx", "17000003 ${var.stage}x", "17000003 devx"),
        ("$${zq1x} %%{zq1x}", "$${${var.stage}} %%{${var.stage}}", "$${dev} %%{dev}"),
        ("${aws_a.b_zq2x.id}", "${aws_a.b_a.id}", "${aws_a.b_0a.id}"),
        ('${x == "zq1x" ? 7000003 : 0}', '${x == "${var.stage}" ? var.count : 0}', '${x == "dev" ? 4 : 0}'),
        ({"b_zq2x": ["zq2x"]}, {"b_a": ["${var.subnets[0]}"]}, {"b_0a": ["0a"]}),
        (
            json_text({"cpu": 7000003, "size": "7000003", "name": "zq1x"}),
            json_text({"cpu": "${var.count}", "size": "${tostring(var.count)}", "name": "${var.stage}"}),
            json_text({"cpu": 4, "size": "4", "name": "dev"}),
        ),
        (
            json_text([{"name": "LIMIT", "value": "512"}, {"name": "OTHER", "value": "512"}, "zq1x"]),
            json_text(
                [
                    {"name": "LIMIT", "value": "${tostring(min(var.count, 512))}"},
                    {"name": "OTHER", "value": "512"},
                    "${var.stage}",
                ]
            ),
            json_text([{"name": "LIMIT", "value": "4"}, {"name": "OTHER", "value": "512"}, "dev"]),
        ),
        (
            '[{"name":"LIMIT","value":"512"},{"cpu":7000003},"\\u0024{zq1x"]',
            '[{"name":"LIMIT","value":"${tostring(min(var.count, 512))}"},{"cpu":${var.count}},"\\u0024{${var.stage}"]',
            '[{"name":"LIMIT","value":"4"},{"cpu":4},"\\u0024{dev"]',
        ),
    ],
)
def test_a_probe_is_replaced_wherever_it_is(value: object, expression: object, own: object) -> None:
    """In text, in an expression, in a name, in a JSON document: what stands there is of the right kind."""
    assert replaced(value, with_values=False) == expression
    assert replaced(value, with_values=True) == own
