"""AWS's clients, with the caller's own credentials, or those of the local stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import boto3

from constructs_lib.iam.aws_session import aws_session

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_on_fargate.local.state import State


@dataclass(frozen=True)
class Clients:
    """Makes clients of boto3 from *session*; those of the local stack call its *endpoint*."""

    session: boto3.Session
    endpoint: str | None = None

    @classmethod
    def of_caller(cls, region: str) -> Self:
        """
        Return those with the caller's own credentials.

        Not in `assume_role_arn`, the role of Terraform: who pushes DAGs need not be allowed to deploy.
        """
        return cls(aws_session(region, None, name=""))

    @classmethod
    def of_local_stack(cls, project: Path, region: str) -> Self:
        """
        Return those of the stack that `make local` runs in *project*, as the owner of its account.

        Raises:
            BadInputError: the stack does not run.

        """
        from airflow_on_fargate.local.airflow_api import Access  # noqa: PLC0415 needs the extra `local`
        from airflow_on_fargate.local.state import State, read_json  # noqa: PLC0415 as above

        state = State(project / ".local")
        # Refuses a stack that does not run.
        Access.of_local_stack(state)
        return cls.of_owner(state, read_json(state.ready)["aws_endpoint_url"], region)

    @classmethod
    def of_owner(cls, state: State, endpoint: str, region: str) -> Self:
        """Return those of the *endpoint* of the local stack with this *state*, as the owner of its account."""
        from airflow_on_fargate.local.access_keys import owner_key  # noqa: PLC0415 needs the extra `local`

        key = owner_key(state)
        session = boto3.Session(
            region_name=region, aws_access_key_id=key.id, aws_secret_access_key=key.secret, aws_session_token=key.token
        )
        return cls(session, endpoint)

    def of(self, service: str, **more: Any) -> Any:  # noqa: ANN401 boto3 makes the types
        """Return the client of *service*."""
        # boto3's types need a literal name of the service.
        make: Any = self.session.client
        return make(service, endpoint_url=self.endpoint, **more)
