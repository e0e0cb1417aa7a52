"""Each setting is changed on a live stage by a test, and docs/changes.md has all of these changes."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_settings import TaskSettings
from tests.terraform.changes import NOT_CHANGED, WALKS, steps
from tests.terraform.changes_page import PAGE, fixed_rows, rows


def models(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Return *model* and all models that its fields hold."""
    found = {model}
    for field in model.model_fields.values():
        for each in _types(field.annotation):
            if isinstance(each, type) and issubclass(each, BaseModel) and each not in found:
                found |= models(each)
    return found


def _types(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 an annotation has no type
    yield annotation
    for each in get_args(annotation):
        yield from _types(each)


def differences(one: object, other: object) -> Iterator[str]:
    """Yield the fields of models, such as `WorkerPool.min`, that differ between *one* and *other*."""
    match one, other:
        case BaseModel(), BaseModel() if type(one) is type(other):
            for name in type(one).model_fields:
                mine, others = getattr(one, name), getattr(other, name)
                if mine != others:
                    yield f"{type(one).__name__}.{name}"
                    yield from differences(mine, others)
        case Mapping(), Mapping():
            for key in one.keys() & other.keys():
                yield from differences(one[key], other[key])
        case (tuple(), tuple()):
            for mine, others in zip(one, other, strict=False):
                yield from differences(mine, others)


def _parsed(tasks: Mapping[str, str]) -> dict[str, TaskSettings]:
    return {name: TaskSettings(**tomllib.loads(text)) for name, text in tasks.items()}


@cache
def changed() -> frozenset[str]:
    """Return the fields that a step changes."""
    return frozenset(
        field
        for step in steps(*WALKS)
        for one, other in zip(_values(step.before), _values(step.after), strict=True)
        for field in differences(one, other)
    )


def _values(settled: tuple[Settings, Mapping[str, str]]) -> Sequence[object]:
    return settled[0], _parsed(settled[1])


MODELS: list[type[BaseModel]] = sorted(models(Settings) | models(TaskSettings), key=lambda each: each.__name__)


@pytest.mark.parametrize("model", MODELS)
def test_each_setting_is_changed_on_a_live_stage(model: type[BaseModel]) -> None:
    """Each field of the settings has a `Change` in tests/terraform/changes.py."""
    fields = {f"{model.__name__}.{name}" for name in model.model_fields}

    assert fields - changed() == {f"Settings.{name}" for name in NOT_CHANGED} & fields


def test_the_page_has_each_change() -> None:
    """The page has each change once, as measured."""
    titles = [step.title for step in steps(*WALKS)]

    assert len(set(titles)) == len(titles)
    assert [title for title in rows() if title not in ("change", "---")][len(fixed_rows()) :] == titles
    assert all(each in PAGE.read_text(encoding="utf-8") for each in fixed_rows())
