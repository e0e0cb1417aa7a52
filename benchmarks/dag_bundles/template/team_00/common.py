"""What the pipelines of team_00 share."""

from all_teams.defaults import RETRIES  # type: ignore[import-not-found] # it is beside this folder in `dags/`

ARGUMENTS = {**RETRIES, "owner": "team_00"}


def table(pipeline: str) -> str:
    """Return the table that a pipeline fills."""
    return f"team_00.{pipeline}"
