"""A stage that is live while its settings change, and what each change does to it."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from constructs_lib.settings.settings import Settings
from tests.terraform.changes import Settled, Step
from tests.terraform.deployment import Deploy, make_task

Identity = tuple[str, str]
"""The type of a resource and its id in AWS."""
CAN_GO_FIRST = frozenset({"aws_service_discovery_service"})
"""What AWS deletes while it is used: with `force_destroy` the provider takes its addresses out before."""


@dataclass(frozen=True)
class Applied:
    """One `terraform apply -json`: its exit code, the lines that it printed, and what was live before and after."""

    code: int
    lines: list[dict[str, Any]]
    before: Mapping[Identity, dict[str, Any]]
    after: Mapping[Identity, dict[str, Any]]

    @cached_property
    def actions(self) -> dict[str, str]:
        """What the plan does, by address."""
        changes = [line["change"] for line in self.lines if line["type"] == "planned_change"]
        return {each["resource"]["addr"]: each["action"] for each in changes if each["action"] not in ("move", "read")}

    @cached_property
    def errors(self) -> list[str]:
        """What Terraform reports as errors."""
        found = [line["diagnostic"] for line in self.lines if line["type"] == "diagnostic"]
        return [f"{each['summary']}: {each['detail']}" for each in found if each["severity"] == "error"]

    @property
    def has_begun(self) -> bool:
        """Whether anything was created, changed or destroyed."""
        return any(line["type"] == "apply_start" and line["hook"]["action"] != "read" for line in self.lines)

    def destroyed_while_used(self) -> Iterator[str]:
        """
        Yield a sentence for each resource that was destroyed for good before a resource that used it was updated.

        What is replaced under its own name has to go first.
        """
        deleted, updated = self._moments("apply_start", "delete"), self._moments("apply_complete", "update")
        for used, destroyed_at in deleted.items():
            if used[0] in CAN_GO_FIRST:
                continue
            names = {self.before[used].get(name) for name in ("id", "arn", "name")} if used in self.before else set()
            for user, updated_at in updated.items():
                lost = _words(self.before.get(user)) - _words(self.after.get(user))
                if lost & names and updated_at > destroyed_at:
                    yield f"{used[0]} {used[1]} was destroyed before {user[0]} {user[1]} let go of it"

    def _moments(self, event: str, action: str) -> dict[Identity, int]:
        """Return by resource of which the plan has *action* when *event* came, in lines."""
        return {
            (hook["resource"]["resource_type"], hook["id_value"]): index
            for index, line in enumerate(self.lines)
            if line["type"] == event and "id_value" in (hook := line["hook"])
            if self.actions.get(hook["resource"]["addr"]) == action
        }


def _words(value: object) -> set[str]:
    """Return all texts in *value*."""
    match value:
        case dict():
            return {word for each in value.values() for word in _words(each)}
        case list():
            return {word for each in value for word in _words(each)}
        case str():
            return {value}
    return set()


class LiveStage:
    """A stage that is live with *settings* and *tasks*, which hold what `task.toml` says by the task's name."""

    def __init__(self, deploy: Deploy, settings: Settings, tasks: Mapping[str, str]) -> None:
        self._deployment = deploy(settings, tasks=tasks)
        self._bucket = self._deployment.settings.state_bucket
        self._deployment.apply()
        self._written = {*tasks}
        self.now: Settled = (settings, tasks)

    def apply(self, step: Step) -> Applied:
        """Apply what the stage is after *step*."""
        self.compose(step.after, init=step.change.init)
        before = self._live()
        ended = self._deployment.try_terraform("apply", "-auto-approve", "-json")
        lines = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
        if ended.returncode == 0:
            self.now = step.after
        for kind, attributes in step.change.in_aws.items():
            self._deployment.cloud.edit(kind, attributes)
        return Applied(ended.returncode, lines, before, self._live())

    def compose(self, settled: Settled, *, init: bool = False) -> None:
        """Write the JSON of *settled*; *init*: it changes what `terraform init` prepares."""
        settings, tasks = settled
        self._written |= tasks.keys()
        for name in self._written:
            make_task(self._deployment.project, name, tasks.get(name))
        self._deployment.compose(settings.model_copy(update={"state_bucket": self._bucket}))
        if init:
            self._deployment.terraform("init", "-reconfigure", "-upgrade")

    def go_to(self, settled: Settled) -> None:
        """Deploy *settled*, from wherever a step that failed has left the stage."""
        self.compose(settled, init=True)
        self._deployment.apply()
        self.now = settled

    def plan(self) -> subprocess.CompletedProcess[str]:
        """Plan what was composed last; the exit code is 2 if something is to be changed."""
        return self._deployment.try_terraform("plan", "-detailed-exitcode")

    def _live(self) -> dict[Identity, dict[str, Any]]:
        records = [json.loads(text) for text in self._deployment.cloud.files().values()]
        return {(each["type"], each["state"]["id"]): each["state"] for each in records}


class LiveStages:
    """The live stages of the walks, each made when its first step is taken."""

    def __init__(self, deploy: Deploy) -> None:
        self._deploy = deploy
        self._stages: dict[str, LiveStage] = {}

    def take(self, step: Step) -> str:
        """Take *step* and return in words what it did; fail if it was neither applied whole nor refused whole."""
        stage = self._before(step)
        applied = stage.apply(step)
        if refused := step.change.refused:
            assert applied.code == 1, f"applied: {applied.actions}"
            assert not applied.has_begun, f"begun, then refused: {applied.errors}"
            (sentence,) = set(applied.errors)
            assert refused in sentence
            stage.compose(step.before, init=step.change.init)
            return _refusal(sentence)
        assert applied.code == 0, "\n".join(applied.errors)
        again = stage.plan()
        assert again.returncode == 0, again.stdout
        assert not (wrong := list(applied.destroyed_while_used())), "\n".join(wrong)
        return _effect(applied.actions)

    def _before(self, step: Step) -> LiveStage:
        """Return the stage of the step's walk as it is before the step."""
        if step.walk not in self._stages:
            self._stages[step.walk] = LiveStage(self._deploy, *step.before)
        stage = self._stages[step.walk]
        if stage.now != step.before:
            stage.go_to(step.before)
        return stage


def _refusal(sentence: str) -> str:
    """Return what the documentation shows of an error of Terraform."""
    return f"refused: {' '.join(sentence.partition(': ')[2].split())}"


def _effect(actions: Mapping[str, str]) -> str:
    """Return in words what a plan does to the types of resources; a new revision of a task definition starts tasks."""
    kinds: dict[str, set[str]] = {}
    for address, action in actions.items():
        kinds.setdefault(action, set()).add(address.partition(".")[0].removeprefix("aws_"))
    revised = "ecs_task_definition" in kinds.get("replace", set())
    kinds.get("replace", set()).discard("ecs_task_definition")
    described = [
        f"{verb} {', '.join(f'`{kind}`' for kind in sorted(found))}"
        for action, verb in VERBS.items()
        if (found := kinds.get(action))
    ]
    return "; ".join([*(["new revisions of task definitions"] if revised else []), *described]) or "changes nothing"


VERBS = {"update": "changes in place", "create": "creates", "replace": "replaces", "delete": "destroys"}
