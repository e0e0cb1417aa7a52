"""Why an image could not be brought to its registry."""


class PushError(Exception):
    """Say in one sentence what failed and, where it can be known, what to do."""
