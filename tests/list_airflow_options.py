"""Print every option of the installed Airflow and its providers as `section.option`, one a line."""

import sys

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


if __name__ == "__main__":
    sys.stdout.writelines(f"{option}\n" for option in options())
