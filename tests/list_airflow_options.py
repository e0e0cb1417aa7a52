"""
Print what the installed Airflow and its providers have, one a line, as the files in `constructs_lib/settings/` hold it.

`options`: every option as `section.option`, and which values it takes unless it takes any text: `boolean`, `integer`,
`float`, a number from a minimum on, such as `integer>=0`, or words, such as `file|stdout`. `old_options`: every option
that only an older Airflow had, and the one that took its place, if one did. `modules`: the modules and packages in the
package `airflow`.
"""

import pkgutil
import re
import sys
from typing import Any

import airflow
from airflow.cli.commands.config_command import CONFIGS_CHANGES
from airflow.configuration import conf

UNDESCRIBED = {("database", "sql_alchemy_pool_recycle")}
"""Options whose description is silent about a negative value that works: -1 never recycles (SQLAlchemy, `Pool`)."""


def options() -> list[str]:
    """Return the options with their kinds, and for those that Airflow deems secret the variant that names a command."""
    described = {
        f"{section}.{option}": f"{section}.{option} {kind(section, option, description)}".strip()
        for section, content in conf.configuration_description.items()
        for option, description in content["options"].items()
    }
    secret = {f"{section}.{option}" for section, option in conf.sensitive_config_values}
    return sorted([*described.values(), *(f"{option}_cmd" for option in secret & described.keys())])


def kind(section: str, option: str, description: dict[str, Any]) -> str:
    """
    Return which values an option takes; nothing: any text.

    Airflow describes no minimum. An option whose default is not negative, and whose description does not speak of
    negative values, takes none.
    """
    if words := conf.enums_options.get((section, option)):
        return "|".join(word for word in words if word)
    found: str = description.get("type") or "string"
    if found == "string":
        return ""
    takes_negative = (section, option) in UNDESCRIBED or re.search(
        r"-1\b|negative", description.get("description") or ""
    )
    is_count = found in ("integer", "float") and re.match(r"\d", str(description.get("default")))
    return f"{found}>=0" if is_count and not takes_negative else found


def old_options() -> list[str]:
    """Return the options that are gone, each with the newest of those that took its place."""
    new = {".".join(old[:2]): ".".join(name) for name, old in conf.deprecated_options.items()}
    for change in CONFIGS_CHANGES:
        name = f"{change.config.section}.{change.config.option}"
        new.setdefault(name, f"{change.renamed_to.section}.{change.renamed_to.option}" if change.renamed_to else "")
    described = {line.partition(" ")[0] for line in options()}
    lines = []
    for old in sorted(new.keys() - described):
        name = new[old]
        while name in new and name not in described:
            name = new[name]
        lines.append(f"{old} {name}" if name in described else old)
    return lines


def modules() -> list[str]:
    """Return the names of what lies in the package `airflow`."""
    return sorted({module.name for module in pkgutil.iter_modules(airflow.__path__)} | {"providers"})


if __name__ == "__main__":
    lists = {"options": options, "old_options": old_options, "modules": modules}
    sys.stdout.writelines(f"{line}\n" for line in lists[sys.argv[1]]())
