"""Promises of how an image gets to its registry."""
