"""The same stage as in `bundle_stages.py`, with its DAGs in the image."""

from constructs_lib.settings import Settings, TaskSize, WorkerPool

# Slots for twenty tasks that run, and a few that come and go.
POOL = WorkerPool(slots=24, size=TaskSize(cpu=2048, memory_mib=4096))
STAGES = (Settings(stage="dev", worker_pools={"default": POOL}),)
