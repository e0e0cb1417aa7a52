"""The sizes that Fargate offers (AWS: "Task CPU and memory" for Linux on platform version 1.4)."""

GIB = 1024

MEMORY_MIB: dict[int, tuple[int, ...]] = {
    256: (512, 1 * GIB, 2 * GIB),
    512: tuple(range(1 * GIB, 4 * GIB + 1, GIB)),
    1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
}
"""For each number of CPU units (1024 are one vCPU) the amounts of memory that go with it, in MiB."""
MAX_CPU = max(MEMORY_MIB)
MAX_MEMORY_MIB = max(MEMORY_MIB[MAX_CPU])


def check_fargate_size(cpu: int, memory_mib: int) -> None:
    """
    Refuse a pair that Fargate does not offer.

    Raises:
        ValueError: naming the pair and what is offered instead.

    """
    if cpu not in MEMORY_MIB:
        msg = f"cpu must be one of {', '.join(map(str, MEMORY_MIB))} CPU units, got {cpu}"
        raise ValueError(msg)
    if memory_mib not in MEMORY_MIB[cpu]:
        least, *_, most = MEMORY_MIB[cpu]
        step = MEMORY_MIB[cpu][-1] - MEMORY_MIB[cpu][-2]
        msg = f"memory_mib for {cpu} CPU units must be {least} to {most} in steps of {step}, got {memory_mib}"
        if cpu == min(MEMORY_MIB):
            msg = f"memory_mib for {cpu} CPU units must be 512, 1024 or 2048, got {memory_mib}"
        raise ValueError(msg)
