"""A module that the DAG imports."""

PART = 1
