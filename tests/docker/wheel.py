"""A wheel of one's own, as `pip wheel` would make it."""

import zipfile
from pathlib import Path

NAME = "own_package"


def write_wheel(folder: Path, *, version: str) -> None:
    """Write to *folder* a wheel of the package `own-package`, whose module knows the *version*."""
    folder.mkdir(exist_ok=True)
    information = f"{NAME}-{version}.dist-info"
    files = {
        f"{NAME}.py": f"VERSION = {version!r}\n",
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{information}/RECORD"))
    with zipfile.ZipFile(folder / f"{NAME}-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{information}/RECORD": record}.items():
            wheel.writestr(name, text)
