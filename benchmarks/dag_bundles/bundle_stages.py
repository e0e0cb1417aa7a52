"""The stage of the benchmarks with its DAGs in a bundle: the `stages.py` of a project."""

from constructs_lib.settings import DagsInS3, Settings, WorkerPool

# Slots for twenty tasks that run, and a few that come and go.
STAGES = (Settings(stage="dev", dags=DagsInS3(), worker_pools={"default": WorkerPool(slots=24)}),)
