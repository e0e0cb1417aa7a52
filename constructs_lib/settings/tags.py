"""The tags of all resources of the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from constructs_lib.settings.values import Listed, TagKey
from constructs_lib.shared.user_model import UserModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.settings.settings import Settings

SERVICE_TAG = "AirflowService"
"""The key of the tag that only Airflow's services, and their task definitions and tasks, have. Policies refer to it."""


class IgnoreTags(UserModel):
    """
    Tags that others add to the stack's resources, such as the tag policies of an organization.

    Terraform leaves them as they are and plans no change.
    """

    keys: Annotated[tuple[TagKey, ...], Listed] = ()
    """Keys of tags that Terraform ignores."""
    key_prefixes: Annotated[tuple[TagKey, ...], Listed] = ()
    """Prefixes of keys that Terraform ignores."""

    def covers(self, key: str) -> bool:
        """Return whether Terraform ignores a tag with this *key*."""
        return key in self.keys or key.startswith(self.key_prefixes)


def tags_of(settings: Settings) -> dict[str, str]:
    """Return the tags of all resources. Only what AWS itself creates later must be tagged by name."""
    return _own_tags(settings) | settings.tags


def wrong_tags(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each tag that AWS or Terraform cannot set."""
    keys = [SERVICE_TAG, *tags_of(settings)]
    for key in settings.tags:
        if key.lower() == SERVICE_TAG.lower():
            keys.remove(key)
            yield f"tags must not have the key {key!r}, which the stack sets for its services; rename the key"
    for index, key in enumerate(keys):
        for other in keys[:index]:
            if key.lower() == other.lower():
                owner = "the stack's own tag" if other in _own_tags(settings) else "another key"
                yield (
                    f"tags must not have the key {key!r}, which differs from {owner} {other!r} in upper and lower case"
                    " only, and IAM treats both as one key; rename it"
                )
        if settings.ignore_tags.covers(key):
            yield f"ignore_tags must not cover {key!r}, a tag of the stack, because Terraform would not set it"


def _own_tags(settings: Settings) -> dict[str, str]:
    return {"Stack": settings.name, "ManagedBy": "terraform"}
