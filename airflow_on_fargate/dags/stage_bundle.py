"""The bundle of a stage that a command works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from airflow_on_fargate.advice import advised
from airflow_on_fargate.dags.caller import account_of
from airflow_on_fargate.pipeline_roles.stage_arns import UNKNOWN, StageArns
from constructs_lib.settings.dag_bundles import DagsInGit, dag_bundles, s3_bundles
from constructs_lib.settings.github_roles import PUSH_DAGS
from constructs_lib.settings.processes import DAG_PROCESSOR
from constructs_lib.shared.bad_input import BadInputError, nearest, shown
from constructs_lib.shared.dag_version import Keys, tasks_key

if TYPE_CHECKING:
    from airflow_on_fargate.dags.clients import Clients
    from constructs_lib.settings.dag_bundles import DagsInS3
    from constructs_lib.settings.settings import Settings


@dataclass(frozen=True)
class StageBundle:
    """
    The bundle *name* of the stage with these *settings*; *place* is its entry in the settings.

    *local*: it is that of the stack on this machine.
    """

    settings: Settings
    name: str
    place: DagsInS3
    local: bool = False

    @classmethod
    def find(cls, settings: Settings, name: str | None, *, local: bool = False) -> Self:
        """
        Return the bundle *name*, by default the only one of the stage.

        Raises:
            BadInputError: the stage has no bundle in S3, or none of that name, or several and *name* is None.

        """
        where, bundles = f"stages.py, stage {settings.stage!r}", s3_bundles(settings.dags)
        if name is not None and isinstance(git := dag_bundles(settings.dags).get(name), DagsInGit):
            msg = f"{where}: the bundle {name} is in Git: its versions are the commits of {git.ref} of {git.url}"
            raise BadInputError(msg)
        if not bundles:
            got = "the DAGs are in Git: their versions are the commits of the repository"
            if not dag_bundles(settings.dags):
                got = "dags is 'image', so a deployment brings the DAGs; set dags=DagsInS3() and deploy first"
            msg = f"{where}: {got}"
            raise BadInputError(msg)
        if name is None and len(bundles) > 1:
            msg = f"{where} has several bundles; add --bundle with one of {', '.join(bundles)}"
            raise BadInputError(msg)
        chosen = next(iter(bundles)) if name is None else name
        if chosen not in bundles:
            msg = f"{where}: there is no bundle {shown(chosen)} in S3; {nearest(chosen, bundles)}"
            raise BadInputError(msg)
        return cls(settings, chosen, bundles[chosen], local)

    @classmethod
    def policy(cls, settings: Settings, name: str | None) -> str:
        """
        Return the name of the policy for pushes to the bundle *name*, or to all.

        Raises:
            BadInputError: the stage has no bundle in S3, or none of that name.

        """
        if name is None and s3_bundles(settings.dags):
            return PUSH_DAGS
        return f"{PUSH_DAGS}-{cls.find(settings, name).name}"

    def advised(self, command: str) -> str:
        """Return how to run *command* for this bundle."""
        several = len(s3_bundles(self.settings.dags)) > 1
        return advised(command, self.settings.stage, bundle=self.name if several else "", local=self.local)

    @property
    def import_errors(self) -> str:
        """The command that lists import errors."""
        words = "dags list-import-errors"
        if self.local:
            return advised("local airflow", words=words)
        return advised("airflow", self.settings.stage, words=words)

    @property
    def look(self) -> str:
        """What to do if the dag-processor does not parse a version."""
        if self.local:
            return f"{advised('local logs', program=DAG_PROCESSOR.name)} shows its output"
        return f"{advised('status', self.settings.stage)} shows the services"

    @property
    def title(self) -> str:
        """The bundle as sentences name it."""
        return f"the bundle {self.name} of {self.settings.name}"

    @property
    def keys(self) -> Keys:
        """The keys of its objects."""
        return Keys(self.place.prefix, self.name)

    @property
    def tasks_key(self) -> str:
        """The key of the table of deployed task folders."""
        return tasks_key(self.place.prefix)

    @property
    def owner(self) -> str:
        """What to do if the bucket does not exist."""
        stage = self.settings.stage
        if self.place.bucket:
            return f"create it, or correct dags.bucket of stage {stage!r} in stages.py"
        return f"{advised('deploy', stage)} creates it"

    def bucket_name(self, clients: Clients) -> str:
        """
        Return the name of the bucket. That of the stage's own bucket has the account, for which AWS may be asked.

        Raises:
            BadInputError: AWS is not reached, or there are no credentials.

        """
        if self.place.bucket:
            return self.place.bucket
        account = StageArns(self.settings).account
        # The local stack has an account of its own.
        if account == UNKNOWN or clients.endpoint:
            account = account_of(clients)
        return f"{self.settings.name}-dags-{account}-{self.settings.region}"
