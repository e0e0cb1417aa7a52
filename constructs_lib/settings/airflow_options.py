"""
The options of the Airflow in docker/requirements.txt, and the values that each takes.

`python -P tests/list_airflow_options.py options > constructs_lib/settings/airflow_options.txt` writes the list of its
options, in an environment with that Airflow; `old_options` and `modules` write the others.
"""

import re
from collections.abc import Mapping
from pathlib import Path


def _lines(name: str) -> list[str]:
    return Path(__file__).with_name(f"airflow_{name}.txt").read_text(encoding="utf-8").splitlines()


def _table(name: str) -> dict[str, str]:
    return {first: rest for first, _, rest in (line.partition(" ") for line in _lines(name))}


KINDS: Mapping[str, str] = _table("options")
"""The values that each `section.option` takes, as `tests/list_airflow_options.py` writes them; "": any text."""
OPTIONS = frozenset(KINDS)
"""Every `section.option` of Airflow and of the installed providers."""
OLD_OPTIONS: Mapping[str, str] = _table("old_options")
"""Every `section.option` that only an older Airflow had, and the option that replaced it; "" if none did."""
SECTIONS = frozenset(option.rpartition(".")[0] for option in OPTIONS)

OPEN_SECTIONS = frozenset({"celery_broker_transport_options"})
"""Sections that Airflow passes as a whole to a library. It does not list their options."""

MODULES = frozenset(_lines("modules"))
"""The modules and packages in the package `airflow`."""

_FORMS = {
    "boolean": (r"t|true|1|f|false|0", "True or False"),
    "integer": (r"-?\d{1,18}(\.0*)?", "an integer"),
    "float": (r"-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", "a number"),
}
"""What Airflow can read of each kind (`getboolean`, `getint` and `getfloat` of its configuration), and in words."""


def allowed_values(option: str, value: object) -> str | None:
    """Return in words which values *option*, a `section.option`, takes, if *value* is not one of them; else None."""
    kind, text = KINDS.get(option, ""), str(value).strip()
    if not kind:
        return None
    if "|" in kind:
        # Airflow does not check an empty value (`_validate_enums`).
        words = [*kind.split("|"), ""]
        return None if text in words else f"{', '.join(words[:-2])} or {words[-2]}"
    name, minimum, _ = kind.partition(">=")
    form, allowed = _FORMS[name]
    if re.fullmatch(form, text.lower(), re.ASCII) and not (minimum and text.startswith("-")):
        return None
    return f"{allowed} of 0 or more" if minimum else allowed
