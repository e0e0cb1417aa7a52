"""The variables of Airflow's containers that hold a secret of the stack."""

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
        # The entrypoint of the image makes these of them.
        "AIRFLOW__CELERY__RESULT_BACKEND",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    }
)
"""The code of DAGs gets none of them."""

WORKER = "worker"
RUN_DAG_CODE = frozenset({"dag-processor", "triggerer", WORKER})
"""The containers whose processes start that code."""
