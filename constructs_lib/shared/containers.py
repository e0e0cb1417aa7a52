"""Airflow's containers: its own names, variables that hold secrets, what runs code of DAGs, limits of requests."""

ADMIN = "admin"
"""The first user of Airflow's UI."""
DEFAULT_QUEUE = "default"
"""Airflow's queue of the tasks whose DAG names none ([operators] default_queue)."""
DEFAULT_POOL = "default_pool"
"""Airflow's own pool, of the tasks whose DAG names none: here those of the queue `default`."""


SECRET_VARIABLES = frozenset(
    {
        "AIRFLOW_ADMIN_PASSWORD",
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__CORE__FERNET_KEY",
        "DB_PASSWORD",
        "DB_USER",
        "DB_WORKER_PASSWORD",
        "DB_WORKER_USER",
        # The image's entrypoint builds these from the others.
        "AIRFLOW__CELERY__RESULT_BACKEND",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    }
)
"""Variables of the stack that hold a secret. The code of DAGs gets none of them."""

WORKER = "worker"
RUN_DAG_CODE = frozenset({"dag-processor", "triggerer", WORKER})
"""The containers that start the code of DAGs."""

PEOPLE_REQUESTS = 6
"""
Requests of browsers and API clients that a worker process of the api-server answers at a time; others wait in order.
Python runs one thread at a time, so more would not be answered sooner, and each would hold a database connection.
"""
TASK_REQUESTS = 10
"""The same for requests of tasks, such as heartbeats. They do not wait behind those of people."""
