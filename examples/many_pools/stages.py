"""A stage with a pool of workers for each kind of work, and none of them without work."""

from constructs_lib.settings import FargateStrategy, Settings, TaskSize, WorkerPool

STAGES = (
    Settings(
        stage="prod",
        region="eu-central-1",
        topology="split",
        # Each worker and each of its slots needs a connection.
        database_instance_class="db.m7g.large",
        worker_pools={
            # Work that names no queue. One worker always runs, so that such work starts at once.
            "default": WorkerPool(min=1, max=10),
            # Cheap: four of five workers are on Spot, and Graviton.
            "batch": WorkerPool(
                size=TaskSize(cpu=2048, memory_mib=4096),
                slots=8,
                max=20,
                architecture="ARM64",
                capacity=FargateStrategy(spot_percent=80, on_demand_base=1),
            ),
            # One task instance at a time has all the memory.
            "high_memory": WorkerPool(size=TaskSize(cpu=4096, memory_mib=30720), slots=1, max=4),
            # Work that must not wait: it scales in later.
            "urgent": WorkerPool(min=1, max=20, scale_in_after_min=30),
        },
    ),
)
