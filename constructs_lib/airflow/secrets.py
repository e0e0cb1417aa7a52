"""Which containers of the Airflow image get which secret."""

from constructs_lib.settings.processes import API_SERVER, AUTOSCALER, MIGRATE, PROCESSES, SCHEDULER, TRIGGERER, WORKER

TOKEN_USERS = (API_SERVER.name, SCHEDULER.name)
OWNERS = tuple(each.name for each in (MIGRATE, *PROCESSES, AUTOSCALER) if each is not WORKER)
"""The processes that own the metadata database."""
SECRETS = (
    # The admin user's, whom the migration makes.
    ("AIRFLOW_ADMIN_PASSWORD", "admin", (MIGRATE.name,)),
    # The scheduler signs the tokens of task instances, the api-server checks them. Whoever has the key may act as any
    # task and any user.
    ("AIRFLOW__API_AUTH__JWT_SECRET", "jwt", TOKEN_USERS),
    # Signs sessions of the UI, and the api-server's requests to the log servers of worker and triggerer.
    ("AIRFLOW__API__SECRET_KEY", "api", (API_SERVER.name, TRIGGERER.name, WORKER.name)),
    # A worker meets connections, variables and triggers only through the execution API, decrypted there.
    ("AIRFLOW__CORE__FERNET_KEY", "fernet", tuple(name for name in OWNERS if name != AUTOSCALER.name)),
    # Workers run the code of DAGs: they have a role that may use Celery's results and nothing else.
    ("DB_PASSWORD", "database_password", OWNERS),
    ("DB_PASSWORD", "database_worker_password", (WORKER.name,)),
    ("DB_USER", "database_username", OWNERS),
    ("DB_USER", "database_worker_username", (WORKER.name,)),
    # The migration makes that role.
    ("DB_WORKER_PASSWORD", "database_worker_password", (MIGRATE.name,)),
    ("DB_WORKER_USER", "database_worker_username", (MIGRATE.name,)),
)
"""Variable, logical name of the secret, and the containers that get it: nobody without need."""
