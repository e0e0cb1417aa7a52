"""The IAM policies that people and pipelines need to plan, deploy and operate a stage."""
