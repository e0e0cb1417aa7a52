"""Promises of Pipfile.lock and of what is made of it."""

import json
from collections import defaultdict
from pathlib import Path

PROJECT = Path(__file__).parents[1]
CATEGORIES = json.loads((PROJECT / "Pipfile.lock").read_text())
SOURCES = CATEGORIES.pop("_meta")["sources"]


def test_a_package_has_one_version_in_all_categories() -> None:
    """A package has one version in all categories of the lock file."""
    versions = defaultdict(set)
    for packages in CATEGORIES.values():
        for name, package in packages.items():
            versions[name].add(package["version"])

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_every_package_has_hashes() -> None:
    """Every locked package has hashes."""
    packages = [(name, package) for category in CATEGORIES.values() for name, package in category.items()]

    assert [name for name, package in packages if not package.get("hashes")] == []


def test_the_lock_names_no_index_but_pypi() -> None:
    """The lock file has only the index PyPI."""
    assert [source["url"] for source in SOURCES] == ["https://pypi.org/simple"]


def test_composing_does_not_install_airflow() -> None:
    """The packages for composing do not include Airflow."""
    assert [name for name in CATEGORIES["default"] if "airflow" in name] == []


def test_the_image_installs_what_is_locked() -> None:
    """The image's locked packages are those of the tests."""
    lines = (PROJECT / "docker" / "requirements.txt").read_text().splitlines()
    image = dict(line.split(";")[0].split(" ")[0].split("==") for line in lines)

    assert {name.split("[")[0]: version for name, version in image.items()} == {
        name: package["version"].removeprefix("==") for name, package in CATEGORIES["airflow"].items()
    }
