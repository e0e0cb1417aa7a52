"""The documented roles, held against what the provider asks of AWS."""

from constructs_lib.pipeline_roles.policies import DEPLOY, policies
from tests.pipeline_roles.calls import Call, Stage
from tests.pipeline_roles.evaluator import allows
from tests.terraform.deployment import Deployment

PLANS = ("configure", "read", "open")
"""What the provider does in a plan."""


def refused(deployment: Deployment) -> list[str]:
    """Return the calls so far that the role which makes them would not be allowed."""
    documents = policies(deployment.settings, deployment.folders())
    stage = Stage(deployment.settings)

    def role(call: Call) -> list[dict[str, object]]:
        begin = ("plan",) if call.operation in PLANS else ("plan", DEPLOY)
        return [document for name, document in documents.items() if name.startswith(begin)]

    return sorted(
        f"{call.operation} {call.type}: {request.action} on {request.resource} with {request.context}"
        for call in deployment.calls()
        for request in stage.requests(call)
        if not allows(role(call), request)
    )
