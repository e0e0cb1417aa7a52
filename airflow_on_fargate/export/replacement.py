"""Put expressions in place of probes, the unmistakable values that a stage was composed with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_on_fargate.export.hcl import json_of, literal
from constructs_lib.engine.template import Expression, Quoted, json_text, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Replacement:
    """
    An *expression* of Terraform for a *probe*. *value* is the one of the stage.

    The *expression* of a *word* is plain text, because a word is part of a resource's name.
    """

    probe: str | int
    expression: str
    value: str | int
    is_word: bool = False


class Replacer:
    """
    Replace all probes in the JSON of a stack, by expressions, or by the values of the stage (*with_values*).

    *variables* has replacements of environment variables of containers by name, for values that are no probes.
    """

    def __init__(
        self, replacements: Sequence[Replacement], *, variables: Mapping[str, Replacement], with_values: bool
    ) -> None:
        self._replacements = {str(each.probe): each for each in replacements}
        self._variables = variables
        self._with_values = with_values
        # A probe may start with another one.
        longest_first = sorted(self._replacements, key=len, reverse=True)
        # A search is many times as fast if each alternative starts with a letter or digit, so what stands before a
        # number is looked at after it.
        self._probes = re.compile(
            "|".join(rf"{each}(?<!\d{each})(?!\d)" if each.isdigit() else re.escape(each) for each in longest_first)
        )

    def replaced(self, value: Any, *, in_json: bool = False) -> Any:  # noqa: ANN401 as JSON is
        """Return *value* with all probes replaced; *in_json*: it is inside a JSON document."""
        match value:
            case dict():
                return {self._text(key): self._entry(value, key, in_json=in_json) for key in value}
            case list():
                return [self.replaced(each, in_json=in_json) for each in value]
            case str():
                return self._string(value, in_json=in_json)
            case int() if not isinstance(value, bool) and (found := self._replacements.get(str(value))):
                return found.value if self._with_values else f"${{{found.expression}}}"
        return value

    def _entry(self, table: dict[str, Any], key: str, *, in_json: bool) -> Any:  # noqa: ANN401 as JSON is
        variable = self._variables.get(str(table.get("name")))
        if variable and key == "value" and table[key] == variable.probe:
            return self._whole(variable, in_json=in_json)
        return self.replaced(table[key], in_json=in_json)

    def _string(self, value: str, *, in_json: bool) -> str:
        if not self._probes.search(value):
            return value
        if (found := self._replacements.get(value)) and not found.is_word:
            return self._whole(found, in_json=in_json)
        document = json_of(value)
        if document is not None:
            return json_text(self.replaced(document, in_json=True))
        return self._text(self._in_json_text(value))

    def _in_json_text(self, text: str) -> str:
        """Return JSON that `json_of` leaves a string, because of a text of a user, with the variables replaced."""
        for name, each in self._variables.items():
            entry = '"name":"{}","value":"{}"'.format
            value = each.value if self._with_values else f"${{{each.expression}}}"
            text = text.replace(entry(name, each.probe), entry(name, value))
        return text

    def _whole(self, found: Replacement, *, in_json: bool) -> str:
        """Return what replaces a string that is a probe as a whole. In a JSON document it must stay a string."""
        if self._with_values:
            return str(found.value)
        return (
            f"${{tostring({found.expression})}}"
            if in_json and isinstance(found.probe, int)
            else f"${{{found.expression}}}"
        )

    def _text(self, text: str) -> str:
        """Return a template with its probes replaced, also those in its expressions."""
        if not self._probes.search(text):
            return text
        return "".join(
            self._in_quotes(literal(each)) if isinstance(each, str) else f"${{{self._in_expression(each)}}}"
            for each in parse(text)
        )

    def _in_quotes(self, text: str) -> str:
        def replace(found: re.Match[str]) -> str:
            each = self._replacements[found[0]]
            if self._with_values:
                return str(each.value)
            return each.expression if each.is_word else f"${{{each.expression}}}"

        return self._probes.sub(replace, text)

    def _in_expression(self, expression: Expression) -> str:
        def replace(found: re.Match[str]) -> str:
            each = self._replacements[found[0]]
            return str(each.value) if self._with_values else each.expression

        parts: list[str] = []
        plain = ""
        for token in (*expression.tokens, Quoted("", ())):
            if isinstance(token, str):
                plain += token
                continue
            parts += [self._probes.sub(replace, plain), f'"{self._in_quotes(token.source)}"']
            plain = ""
        return "".join(parts[:-1])
