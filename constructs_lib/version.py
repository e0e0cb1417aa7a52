"""The version of the package `airflow-on-fargate`."""

from constructs_lib.push_image.product_files import PACKAGES, is_installed

DISTRIBUTION = "airflow-on-fargate"
OUTPUT = "airflow_on_fargate_version"
"""The output of a stage with the version. Commands read it from the state of an earlier deployment."""


def package_version() -> str:
    """Return the version of the installed package, or that of the repository."""
    # Imported here, because every command imports this module.
    if is_installed():
        from importlib.metadata import version  # noqa: PLC0415 as above

        return version(DISTRIBUTION)
    import tomllib  # noqa: PLC0415 as above

    project: str = tomllib.loads((PACKAGES / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return project
