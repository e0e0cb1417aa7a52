"""Print the modules of Airflow's providers that cannot be imported."""

import importlib
import pkgutil

from airflow.providers_manager import ProvidersManager

packages = set()
manager = ProvidersManager()  # type: ignore[no-untyped-call] # as Airflow has it
for provider in manager.providers.values():
    for kind in ("auth-managers", "email-backends", "secrets-backends", "logging"):
        packages |= {each.rpartition(".")[0].rpartition(".")[0] for each in provider.data.get(kind, [])}
for package in sorted(packages):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        try:
            importlib.import_module(module.name)
        except Exception as error:  # noqa: BLE001 a provider may raise any
            print("cannot import", module.name, type(error).__name__)
