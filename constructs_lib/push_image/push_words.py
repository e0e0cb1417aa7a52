"""How Terraform hands the program that pushes an image what to push."""

WORDS = "PUSH_IMAGE_WORDS"
"""The variable in which Terraform hands on the words of the command line, as a JSON list."""
