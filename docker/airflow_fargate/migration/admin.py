"""Create the user `admin` of Airflow's FAB auth manager, or set its password; a program of the migration."""

import logging
import os
import sys

from airflow.configuration import conf

USER = "admin"


def main() -> None:
    """Take the password from `AIRFLOW_ADMIN_PASSWORD`; another auth manager has its own users, so nothing is made."""
    if "fab" not in conf.get("core", "auth_manager"):
        logging.getLogger(__name__).warning("The auth manager is not FAB's; no admin user is made.")
        return
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder  # noqa: PLC0415 slow

    with get_application_builder() as builder:
        manager, password = builder.sm, os.environ["AIRFLOW_ADMIN_PASSWORD"]
        if user := manager.find_user(USER):
            manager.reset_password(user.id, password)
        elif not manager.add_user(USER, "Admin", "", "admin@localhost", manager.find_role("Admin"), password=password):
            sys.exit(f"Airflow did not make the user {USER}.")


if __name__ == "__main__":
    main()
