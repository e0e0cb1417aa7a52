"""The same stage as in `bundle_stages.py`, with its DAGs in the image."""

from constructs_lib.settings import Settings, WorkerPool

STAGES = (Settings(stage="dev", worker_pools={"default": WorkerPool(slots=24)}),)
