"""
Text that a user writes and that must arrive in AWS as written.

Terraform reads every string of its JSON as a template, and the engine that writes the JSON looks for its own tokens in
every string. Free text of a user (a command, an environment variable) goes to AWS inside a JSON document, such as
`container_definitions` or a policy: `json_document` writes it so that neither of the two finds anything in it.
"""

import json
import re
import struct
from typing import Annotated

from pydantic import AfterValidator

_BEGINS_TEMPLATE = re.compile(r"\$(?=\$*\{)(?!\{TfToken\[)|%(?=%*\{)")
"""
The characters that begin `${` or `%{`, or that escape them: Terraform, "Strings and Templates", "Escape Sequences".

A token of the engine becomes a reference of Terraform and stays.
"""
_TOKEN = re.compile(r"[$#&]\{TfToken\[|\A(?:String|Any) Map Token Value\Z")
_NUMBER = re.compile(r"[-|\d.+]+e[-|\d.eE+]+", re.ASCII)
_NUMBER_BEGINS = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NUMBER_MARKERS = {b"\xfd\xff", b"\xfb\xff"}
"""The first 16 bits of the numbers that stand for a token of the engine (cdktf, `tokens/private/encoding.ts`)."""


def json_document(document: object) -> str:
    r"""
    Return *document*, which may hold text of users and tokens of the engine, as JSON for an argument of Terraform.

    `$` and `%` that would begin a template are written as `\u0024` and `\u0025`, which only the reader of the document
    decodes. Terraform's own escape, `$${`, would not do: the engine takes its `${` for the beginning of an expression
    and leaves out the braces of the next token.
    """
    text = json.dumps(document, separators=(",", ":"))
    return _BEGINS_TEMPLATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def check_text(value: str) -> str:
    """
    Return *value*, which may be any text but what no process takes or the engine would replace.

    Raises:
        ValueError: it holds a NUL character, or what looks like a token of the engine.

    """
    if "\0" in value:
        msg = f"must hold no NUL character, got {value[:40]!r}"
        raise ValueError(msg)
    if found := _TOKEN.search(value) or next(filter(_stands_for_token, _NUMBER.finditer(value)), None):
        msg = f"must not hold {found[0][:40]!r}: CDKTF, which writes the Terraform JSON, would replace it; reword it"
        raise ValueError(msg)
    return value


def _stands_for_token(found: re.Match[str]) -> bool:
    number = _NUMBER_BEGINS.match(found[0])
    return number is not None and struct.pack(">d", float(number[0]))[:2] in _NUMBER_MARKERS


Text = Annotated[str, AfterValidator(check_text)]
"""Any text; it goes to AWS as written, in a document that `json_document` makes."""
