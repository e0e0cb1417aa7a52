"""The program that builds a container image and pushes it to ECR; Terraform runs it at apply."""
