"""A user's plugin that uses packages of its own."""

import own_package  # type: ignore[import-not-found] # only in the image
import toolz  # type: ignore[import-not-found,import-untyped,unused-ignore] # as above
from airflow.plugins_manager import AirflowPlugin


class Mine(AirflowPlugin):
    """A plugin whose name has the versions of the packages."""

    name = f"mine with toolz {toolz.__version__} and own {own_package.VERSION}"
