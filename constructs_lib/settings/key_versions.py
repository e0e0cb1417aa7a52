"""Which value each of the stage's secrets has."""

from pydantic import Field

from constructs_lib.shared.user_model import UserModel


class KeyVersions(UserModel):
    """
    How often each secret has been made anew: a higher number makes and hands out a new value on the next deploy.

    Connections and variables that Airflow encrypted with a Fernet key are unreadable with the next one.
    """

    fernet: int = Field(default=1, ge=1)
    jwt: int = Field(default=1, ge=1)
    api: int = Field(default=1, ge=1)
    database: int = Field(default=1, ge=1)
    database_worker: int = Field(default=1, ge=1)
    """The password of the role with which workers use the database."""
    admin: int = Field(default=1, ge=1)
