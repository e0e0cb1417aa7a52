"""
What a container image is built of, and the program that builds it and pushes it to ECR.

Terraform runs the program at apply: `python -m constructs_lib.push_image`.
"""

WORDS = "PUSH_IMAGE_WORDS"
"""The variable in which Terraform passes the words of the command line, as a JSON list."""


class PushError(Exception):
    """Say in one sentence why an image did not reach its registry and, where it can be known, what to do."""
