"""Which containers of the Airflow image get which secret."""

from constructs_lib.processes import API_SERVER, AUTOSCALER, MIGRATE, PROCESSES, SCHEDULER, TRIGGERER, WORKER

TOKEN_USERS = (API_SERVER.name, SCHEDULER.name)
ALL = (MIGRATE.name, *(process.name for process in PROCESSES))
SECRETS = (
    # The admin user's, whom the migration makes.
    ("AIRFLOW_ADMIN_PASSWORD", "admin", (MIGRATE.name,)),
    # The scheduler signs the tokens of task instances, the api-server checks them. Whoever has the key may act as any
    # task and any user.
    ("AIRFLOW__API_AUTH__JWT_SECRET", "jwt", TOKEN_USERS),
    # Signs sessions of the UI, and the api-server's requests to the log servers of worker and triggerer.
    ("AIRFLOW__API__SECRET_KEY", "api", (API_SERVER.name, TRIGGERER.name, WORKER.name)),
    # A worker meets connections, variables and triggers only through the execution API, decrypted there.
    ("AIRFLOW__CORE__FERNET_KEY", "fernet", tuple(name for name in ALL if name != WORKER.name)),
    ("DB_PASSWORD", "database_password", (*ALL, AUTOSCALER.name)),
    ("DB_USER", "database_username", (*ALL, AUTOSCALER.name)),
)
"""Variable, logical name of the secret, and the containers that get it: nobody without need."""
