"""Terraform's native syntax: what a value of the JSON syntax becomes."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from airflow_on_fargate.export.hcl import Block, Body, Call, expression, reference, references
from constructs_lib.engine.template import json_document, json_text
from tests.requirements_of_machine import require


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (3, "3"),
        (0.5, "0.5"),
        ("plain", '"plain"'),
        ("", '""'),
        ("${aws_vpc.network.id}", "aws_vpc.network.id"),
        ("a ${aws_vpc.network.id} b", '"a ${aws_vpc.network.id} b"'),
        ('${join(", ", self.names)}!', '"${join(", ", self.names)}!"'),
        ("$${not.one} %%{nor} this", '"$${not.one} %%{nor} this"'),
        ('"quoted" \\ and\n\ttabs\r', '"\\"quoted\\" \\\\ and\\n\\ttabs\\r"'),
        ([], "[]"),
        ([1, "a"], '[1, "a"]'),
        ({}, "{}"),
        ({"a": 1, "aws:Key": "b"}, '{\n  a         = 1\n  "aws:Key" = "b"\n}'),
        ({"${each}": 1}, '{\n  "${each}" = 1\n}'),
        (["a" * 60, "b" * 60], f'[\n  "{"a" * 60}",\n  "{"b" * 60}",\n]'),
        ([{"a": 1}], "[{\n  a = 1\n}]"),
        (Call("merge", ("${local.tags}", {"Name": "a"})), 'merge(local.tags, {\n  Name = "a"\n})'),
        ("${a\n? b : c}", '"${a\n? b : c}"'),
    ],
)
def test_a_value_becomes_an_expression(value: object, text: str) -> None:
    """A string is a template, as in JSON, and one expression stands without quotes."""
    assert expression(value) == text


def test_a_value_that_terraform_does_not_have_is_a_fault() -> None:
    """The message names it."""
    with pytest.raises(TypeError, match=r"^Terraform has no value such as <object object at .*>$"):
        expression(object())


def test_a_json_document_becomes_a_call_of_jsonencode() -> None:
    """It is readable, and the provider gets the same text."""
    document = json_text({"b": ["${aws_vpc.network.arn}/*"], "a": "x & y <z>"})

    assert expression(document) == 'jsonencode({\n  a = "x & y <z>"\n  b = ["${aws_vpc.network.arn}/*"]\n})'


@pytest.mark.parametrize("text", ['{"b":1,"a":2}', '{"a": 1}', "{not json}", "[", json_document({"a": "${user}"})])
def test_other_text_of_braces_stays_a_string(text: str) -> None:
    """Such as a document in another form, or one with a user's text that would become a template."""
    assert expression(text).startswith('"')


def test_references_have_no_quotes() -> None:
    """Some arguments take an address, which the JSON syntax writes as a string."""
    assert references(["aws_vpc.network", "${aws_subnet.a}"]) == "[aws_vpc.network, aws_subnet.a]"
    assert reference("aws.eu") == "aws.eu"


def test_neighbours_of_one_line_are_aligned() -> None:
    """As `terraform fmt` aligns them: an argument of several lines parts the neighbours."""
    body = Body(
        {"a": "1", "long": "2", "map": "{\n  x = 1\n}", "b": "3"}, [Block("c", ("d",), Body({}))], {"last": "4"}
    )

    assert body.text() == 'a    = 1\nlong = 2\nmap = {\n  x = 1\n}\nb = 3\n\nc "d" {}\n\nlast = 4'


@pytest.mark.terraform
@pytest.mark.parametrize(
    "document",
    [
        {"b": 1, "a": [True, None, 0.5, "é ü 漢", "<&>", "\u2028", 'q"\\/\n\t', ""], "c": {}, "Z": []},
        {"é": 1, "z": 2, "aa": {"b": 1, "a": {"x": "'"}}},
    ],
)
def test_jsonencode_writes_the_same_text(document: Any, tmp_path: Path) -> None:  # noqa: ANN401 any JSON
    """Terraform is asked, and its answer compared."""
    terraform = shutil.which("terraform")
    require("the command terraform", present=terraform is not None)
    (tmp_path / "main.tf").write_text(f"locals {{\n  text = {expression(json_text(document))}\n}}\n", encoding="utf-8")

    asked = subprocess.run(
        [str(terraform), "console"], input="local.text", cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert json.loads(asked.stdout) == json_text(document)
