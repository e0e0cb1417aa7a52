"""Fargate's grid of sizes."""

import itertools

import pytest

from constructs_lib.shared.fargate_size import MEMORY_MIB, check_fargate_size

# AWS: "Task CPU and memory", CPU units with the least and the most memory in GiB and the step.
GRID = [
    (256, 0.5, 2, None),
    (512, 1, 4, 1),
    (1024, 2, 8, 1),
    (2048, 4, 16, 1),
    (4096, 8, 30, 1),
    (8192, 16, 60, 4),
    (16384, 32, 120, 8),
]


def test_the_grid_is_whole() -> None:
    """From 0.25 to 16 vCPU, no more and no less."""
    assert list(MEMORY_MIB) == [cpu for cpu, *_ in GRID]


@pytest.mark.parametrize(("cpu", "least", "most", "step"), GRID)
def test_each_row_is_aws(cpu: int, least: float, most: int, step: int | None) -> None:
    """Each row begins, ends and steps as AWS has it, and everything in it is accepted."""
    row = MEMORY_MIB[cpu]

    assert (row[0], row[-1]) == (least * 1024, most * 1024)
    assert step is None or {after - before for before, after in itertools.pairwise(row)} == {step * 1024}
    for memory_mib in row:
        check_fargate_size(cpu, memory_mib)


@pytest.mark.parametrize(
    ("cpu", "memory_mib", "sentence"),
    [
        (300, 512, "cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units, got 300"),
        (256, 4096, "memory_mib for 256 CPU units must be 512, 1024 or 2048, got 4096"),
        (512, 512, "memory_mib for 512 CPU units must be 1024 to 4096 in steps of 1024, got 512"),
        (1024, 2049, "memory_mib for 1024 CPU units must be 2048 to 8192 in steps of 1024, got 2049"),
        (8192, 17408, "memory_mib for 8192 CPU units must be 16384 to 61440 in steps of 4096, got 17408"),
        (16384, 126976, "memory_mib for 16384 CPU units must be 32768 to 122880 in steps of 8192, got 126976"),
    ],
)
def test_what_is_off_the_grid_is_refused(cpu: int, memory_mib: int, sentence: str) -> None:
    """The sentence names what is offered instead."""
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        check_fargate_size(cpu, memory_mib)
