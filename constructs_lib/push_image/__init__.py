"""
The content of a container image, and the program that builds an image and pushes it to ECR.

Terraform runs the program during apply: `python -m constructs_lib.push_image`.
"""

WORDS = "PUSH_IMAGE_WORDS"
"""The environment variable in which Terraform passes the arguments of the command line, as a JSON list."""


class PushError(Exception):
    """Report in one sentence why an image was not pushed and, if known, what to do."""


class MissingRepositoryError(PushError):
    """Report that an image has no repository yet."""
