"""How long a message is on its way from the scheduler to a worker, how many are, and what is made of that."""

from constructs_lib.settings.processes import WORKER

VISIBILITY_TIMEOUT_SEC = 600
"""
Longer than a task instance needs to start: a message that comes again while its task runs is ignored, and after a
worker is lost this is how long its messages stay hidden.
"""
RETENTION_SEC = 4 * 24 * 3600
"""How long SQS keeps a message that nobody takes."""
WAKE_SEC = 300
"""
From a message in an empty queue to the worker that takes it: half of them in less than two minutes, but Fargate
may be out of Spot for a while, or a new image be slow to come.
"""
TASK_QUEUED_TIMEOUT_SEC = VISIBILITY_TIMEOUT_SEC + WORKER.stop_timeout_sec + WAKE_SEC
"""
How long a message may take to a slot without anything being lost: a worker takes it, is told to stop, is killed at the
end of its time, SQS shows the message again, and another worker starts. With Airflow's default, 600 s, the message
would come back just when its token, which lives as long, expires, and be queued a second time.
"""
QUEUED_PER_SLOT = 3
"""
One task instance that runs and two that wait: with none waiting, a slot stands still after each task until the
scheduler has looked again, and short tasks end faster than it looks. No more, for a queue knows no priorities, and what
waits in it longer than the timeout is queued once more.
"""
