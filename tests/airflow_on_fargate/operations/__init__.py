"""Promises of what is done with a stage in AWS beside Terraform."""
