"""10, 100 and 500 folders in `tasks/`: time, and the sizes that AWS limits."""

import json
import sys
from collections import Counter
from pathlib import Path

from benchmarks.measure import Program, quickest
from benchmarks.project import copy_project, have_task_folders
from benchmarks.result import Outcome, Result
from constructs_lib.engine.synthesized_stack import SynthesizedStack, stages
from constructs_lib.engine.template import filled_in, resource_names
from constructs_lib.shared.ecs import DEFINITION_BYTES

FEW, MORE, MANY = 10, 100, 500
ROUNDS = 2

ARN_CHARACTERS = 128
"""The length of a reference in AWS's limits: longer than any ARN or name that replaces it."""

INLINE_POLICIES_CHARACTERS = 10_240
"""AWS: IAM and STS quotas; the sum of all inline policies of a role, white space not counted."""


def measure(folder: Path) -> Outcome:
    """Measure time and sizes in copies below *folder*."""
    programs = {}
    for count in (FEW, MORE, MANY):
        project = copy_project(folder / f"folders-{count}")
        have_task_folders(project, count)
        programs[f"{count} task folders"] = Program([sys.executable, "main.py"], project)
    seconds = quickest(programs, rounds=ROUNDS)
    few, more, many = seconds.values()

    folder = project / "cdktf.out" / "stacks"
    stacks = [SynthesizedStack.of_stage(stage, folder) for stage in stages(folder)]
    at_first = _milliseconds(more - few, (MORE - FEW) * len(stacks))
    later = _milliseconds(many - more, (MANY - MORE) * len(stacks))
    return Outcome(
        [
            Result(
                what=f"one more folder in `tasks/`, {FEW} to {MANY}, each stage",
                measured=f"{few:.1f} s, {more:.1f} s, {many:.1f} s for {FEW}, {MORE}, {MANY}",
                baseline="",
                figure=_milliseconds(many - few, (MANY - FEW) * len(stacks)),
                unit="ms",
                limit=30,
            ),
            Result(
                what=f"growth is linear: a folder, {MORE} to {MANY}",
                measured=f"{later:.1f} ms",
                baseline=f"{at_first:.1f} ms: a folder, {FEW} to {MORE}",
                figure=later / at_first,
                unit="x",
                limit=1.5,
            ),
            _inline_policies(stacks),
            _task_definitions(stacks),
        ],
        {f"python main.py, {name}": each for name, each in seconds.items()},
    )


def _milliseconds(seconds: float, count: int) -> float:
    return seconds * 1000 / count


def _inline_policies(stacks: list[SynthesizedStack]) -> Result:
    totals: Counter[tuple[int, str]] = Counter()
    for stage, stack in enumerate(stacks):
        for policy in stack.all("aws_iam_role_policy").values():
            [role] = resource_names(policy["role"], "aws_iam_role")
            totals[stage, role] += len("".join(_deployed(policy["policy"]).split()))
    [((_, role), characters)] = totals.most_common(1)
    return Result(
        what=f"{MANY} folders: the largest role's inline policies together",
        measured=role,
        baseline="",
        figure=characters,
        unit="characters",
        limit=INLINE_POLICIES_CHARACTERS,
    )


def _task_definitions(stacks: list[SynthesizedStack]) -> Result:
    characters, name = max(
        (len(_deployed(json.dumps(definition))), name)
        for stack in stacks
        for name, definition in stack.all("aws_ecs_task_definition").items()
    )
    return Result(
        what=f"{MANY} folders: the largest task definition",
        measured=name,
        baseline="",
        figure=characters / 1024,
        unit="KiB",
        limit=DEFINITION_BYTES // 1024,
    )


def _deployed(text: str) -> str:
    """Return *text* with its references replaced by text of the maximum length."""
    return str(filled_in(text, lambda _: "x" * ARN_CHARACTERS))
