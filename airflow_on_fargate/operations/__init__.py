"""What is done with a stage in AWS beside Terraform: watch what ECS does with it."""
