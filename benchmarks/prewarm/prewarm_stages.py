"""The stage of the benchmark of workers before scheduled runs: the `stages.py` of a project."""

from constructs_lib.settings import Settings, WorkerPool

# The scale-in is as fast as it can be, so that the pools are empty before each run.
FAST = {"scale_in_after_min": 1, "scale_in_cooldown_sec": 60, "max": 4}
STAGES = (
    Settings(
        stage="dev",
        worker_pools={
            f"{kind}-{letter}": WorkerPool.model_validate(FAST | {"prewarm": kind == "ahead"})
            for letter in "abcd"
            for kind in ("ahead", "reactive")
        },
    ),
)
