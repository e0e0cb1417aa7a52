"""A module that the witness imports."""
