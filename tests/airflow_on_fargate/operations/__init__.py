"""Promises of the operations on a stage in AWS."""
