"""Print the modules without bytecode that containers use."""

import sysconfig
from importlib.util import cache_from_source
from pathlib import Path

NOT_USED = {"site-packages", "test", "tests"}

if __name__ == "__main__":
    for folder in ("/opt/venv/lib", "/opt/airflow/lib", sysconfig.get_path("stdlib")):
        for source in Path(folder).rglob("*.py"):
            used = folder.startswith("/opt") or not NOT_USED.intersection(source.parts)
            if used and not Path(cache_from_source(str(source))).exists():
                print(source)  # noqa: T201 the test reads it
