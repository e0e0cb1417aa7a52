"""What users write, from their files to AWS."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from constructs_lib.settings.settings import Settings
from constructs_lib.settings.task_settings import TaskSettings
from tests.terraform.deployment import Deploy
from tests.user_texts import STAGES, TASK, tried

pytestmark = pytest.mark.terraform


def test_a_text_arrives_as_it_was_written(deploy: Deploy) -> None:
    """A text of the settings or a task.toml arrives in AWS unchanged."""
    task = tried(TaskSettings, TASK)
    # Here, not while pytest collects: to find what the models accept takes a second.
    stages = [each for each in (tried(Settings, values) for values in STAGES) if each.texts]
    assert stages
    for stage in stages:
        deployment = deploy(Settings(**stage.values), tasks={"their_task": toml(task.values)})
        deployment.terraform("validate")
        deployment.apply()

        arrived = {text for content in deployment.cloud.files().values() for text in texts_in(json.loads(content))}
        wanted = stage.texts | task.texts
        assert {field for field, text in wanted.items() if not any(text in each for each in arrived)} == set()


def toml(values: Any) -> str:  # noqa: ANN401 as settings are
    """Return *values* as a `task.toml`, each on its line."""
    return "".join(f"{key} = {_inline(value)}\n" for key, value in values.items())


def _inline(value: Any) -> str:  # noqa: ANN401 as settings are
    match value:
        case dict():
            return "{" + ", ".join(f"{key} = {_inline(each)}" for key, each in value.items()) + "}"
        case tuple():
            return "[" + ", ".join(map(_inline, value)) + "]"
        case _:
            # A string of JSON is one of TOML, as long as it has its characters as they are.
            return json.dumps(value, ensure_ascii=False)


def texts_in(value: Any) -> Iterator[str]:  # noqa: ANN401 as JSON is
    """Yield each text in *value*, also in documents of JSON that are text in it."""
    match value:
        case str():
            yield value
            if value.startswith(("{", "[")):
                yield from texts_in(json.loads(value))
        case dict():
            for key, each in value.items():
                yield key
                yield from texts_in(each)
        case list():
            for each in value:
                yield from texts_in(each)
