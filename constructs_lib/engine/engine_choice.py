"""
The engine that runs the constructs: CDKTF, or CDK Terrain, its successor with the same API.

The constructs import `cdktf` and `cdktf_cdktf_provider_aws`. With CDK Terrain these names mean `cdktn` and
`cdktn_provider_aws`, so that the same code, and the code of users, runs with both.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from typing import TYPE_CHECKING, NamedTuple

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

VARIABLE = "AIRFLOW_FARGATE_ENGINE"
"""The environment variable that names an engine."""


class Engine(NamedTuple):
    """An engine: the Python package of its core, and that of its AWS bindings."""

    core: str
    bindings: str

    @property
    def is_installed(self) -> bool:
        """Whether both packages are in a folder of `sys.path`, under their own names."""
        return all(PathFinder.find_spec(each) for each in self)


CDKTF = Engine("cdktf", "cdktf_cdktf_provider_aws")
CDKTN = Engine("cdktn", "cdktn_provider_aws")
ENGINES = {each.core: each for each in (CDKTF, CDKTN)}


def chosen_engine(environment: Mapping[str, str]) -> Engine:
    """Return the engine that *environment* names if it can be used, else the first that is installed, else CDKTF."""
    named = ENGINES.get(environment.get(VARIABLE, ""), CDKTF)
    installed = [each for each in (named, *ENGINES.values()) if each.is_installed]
    return installed[0] if installed else CDKTF


def rename_engine(engine: Engine) -> None:
    """Let imports of CDKTF's packages import those of *engine*; a second call does nothing."""
    if engine != CDKTF and not any(isinstance(each, _RenamedPackages) for each in sys.meta_path):
        # First, because both engines may be installed.
        sys.meta_path.insert(0, _RenamedPackages(dict(zip(CDKTF, engine, strict=True))))


class _RenamedPackages(MetaPathFinder, Loader):
    """Import a package, or a module in it, under another name: *names* has the real name of each package."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname.partition(".")[0] in self._names else None

    @override
    def exec_module(self, module: ModuleType) -> None:
        package, dot, rest = module.__name__.partition(".")
        # Python takes what stands here after this call (reference of the import system, "Loading").
        sys.modules[module.__name__] = import_module(f"{self._names[package]}{dot}{rest}")
