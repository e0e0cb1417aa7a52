"""The stage of the benchmarks with its DAGs in a bundle: the `stages.py` of a project."""

from constructs_lib.settings import DagsInS3, Settings, TaskSize, WorkerPool

# Slots for twenty tasks that run, and a few that come and go.
POOL = WorkerPool(slots=24, size=TaskSize(cpu=2048, memory_mib=4096))
STAGES = (Settings(stage="dev", dags=DagsInS3(), worker_pools={"default": POOL}),)
