"""Make moto's RunTask and StopTask start and stop real tasks."""

import time
from pathlib import Path
from typing import Any

from moto.ecs import models
from moto.moto_api import state_manager

from airflow_on_fargate.local.aws.ecs_rules import active_definition, memory_mib
from airflow_on_fargate.local.aws.memory import MemoryLimits
from airflow_on_fargate.local.aws.placement import without_instances
from airflow_on_fargate.local.aws.task_log import TaskLog
from airflow_on_fargate.local.aws.task_run import TaskRun
from airflow_on_fargate.local.launch import Agent, Container

STOP_LIMIT_SEC = 5
KILL_LIMIT_SEC = 10
"""Docker may still be creating a container, and can remove it only after that."""


class TaskRuns:
    """Starts tasks, and keeps those that were started, by their id."""

    def __init__(self, agent: Agent, tasks: Path) -> None:
        self._agent = agent
        self._tasks = tasks
        self._runs: dict[str, TaskRun] = {}
        self._memory = MemoryLimits()

    def install(self) -> None:
        """Replace RunTask and StopTask of moto's ECS."""
        backend = models.EC2ContainerServiceBackend
        run_task = without_instances(backend.run_task)
        # In moto, DescribeTasks changes the state of a task; here it must not.
        state_manager.set_transition("ecs::task", {"progression": "manual", "times": 10**9})
        # moto would look for room on an instance, by the memory of the container; on Fargate only the task has memory.
        backend._calculate_task_resource_requirements = staticmethod(  # noqa: SLF001 there is no other way
            lambda _: {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}
        )

        def run(backend: Any, cluster: str, definition: str, count: int, overrides: Any, *rest: Any) -> Any:
            found = active_definition(backend, definition)
            tasks = run_task(backend, cluster, found.arn, count, overrides, *rest)
            for task in tasks:
                self._start(backend, task, found, overrides or {})
            return tasks

        def stop(backend: Any, cluster: str, name: str, reason: str) -> Any:
            known = backend.tasks.get(backend._get_cluster(cluster).name, {})  # noqa: SLF001 as above
            task = next((task for arn, task in known.items() if name in (arn, arn.rpartition("/")[2])), None)
            if not task:
                message = "The referenced task was not found."
                raise models.InvalidParameterException(message)
            self._runs[task.id].stop(reason or "Task stopped by user")
            return task

        backend.run_task = run
        backend.stop_task = stop

    def stop_all(self) -> None:
        """Stop all running tasks, and kill those that do not end soon."""
        for run in self._runs.values():
            run.stop("The machine stops")
        end = time.monotonic() + STOP_LIMIT_SEC
        for run in self._runs.values():
            run.wait(max(0.0, end - time.monotonic()))
            run.kill()
        for run in self._runs.values():
            run.wait(KILL_LIMIT_SEC)

    def _start(self, backend: Any, task: Any, definition: Any, overrides: Any) -> None:
        container = definition.container_definitions[0]
        changed = [each for each in overrides.get("containerOverrides", []) if each.get("name") == container["name"]]
        run = TaskRun(
            task,
            Container(
                definition=container,
                # moto sets neither attribute for a task definition that was registered without it.
                task_role_arn=overrides.get("taskRoleArn") or getattr(definition, "task_role_arn", None),
                execution_role_arn=getattr(definition, "execution_role_arn", None),
                process=task.id,
                override=changed[0] if changed else {},
                memory_mib=memory_mib(overrides.get("memory") or definition.memory or ""),
            ),
            agent=self._agent,
            tasks=self._tasks,
            log=TaskLog(backend, container, task.id),
            memory=self._memory,
        )
        self._runs[task.id] = run
        run.start()
