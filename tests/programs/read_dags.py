"""Print what Airflow's DagBag finds in the folder that is the first argument."""

import json
import sys

from airflow.dag_processing.dagbag import DagBag

bag = DagBag(dag_folder=sys.argv[1])
print(
    json.dumps(
        {
            "errors": bag.import_errors,
            "warnings": {file: list(warnings) for file, warnings in bag.captured_warnings.items()},
            "seconds": {each.file: each.duration.total_seconds() for each in bag.dagbag_stats},
            "graphs": {
                dag_id: {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
                for dag_id, dag in bag.dags.items()
            },
            "commands": {
                f"{dag_id}.{task.task_id}": task.overrides["containerOverrides"][0].get("command")
                for dag_id, dag in bag.dags.items()
                for task in dag.tasks
                if hasattr(task, "overrides")
            },
        }
    )
)
