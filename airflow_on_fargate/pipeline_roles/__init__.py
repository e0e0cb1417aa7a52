"""What people and pipelines need in AWS: the IAM policies that plan, deploy and operate a stage."""
