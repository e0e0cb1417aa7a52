"""
Print what the installed Airflow and its providers have, one a line, as the files in `constructs_lib/settings/` hold it.

`options`: every option as `section.option`. `old_options`: every option that only an older Airflow had, and the one
that took its place, if one did. `modules`: the modules and packages in the package `airflow`.
"""

import pkgutil
import sys

import airflow
from airflow.cli.commands.config_command import CONFIGS_CHANGES
from airflow.configuration import conf


def options() -> list[str]:
    """Return the options, and for those that Airflow deems secret the variant that names a command."""
    described = {
        f"{section}.{option}"
        for section, content in conf.configuration_description.items()
        for option in content["options"]
    }
    secret = {f"{section}.{option}" for section, option in conf.sensitive_config_values}
    return sorted(described | {f"{option}_cmd" for option in secret & described})


def old_options() -> list[str]:
    """Return the options that are gone, each with the newest of those that took its place."""
    new = {".".join(old[:2]): ".".join(name) for name, old in conf.deprecated_options.items()}
    for change in CONFIGS_CHANGES:
        name = f"{change.config.section}.{change.config.option}"
        new.setdefault(name, f"{change.renamed_to.section}.{change.renamed_to.option}" if change.renamed_to else "")
    described = set(options())
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
