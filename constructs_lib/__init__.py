"""The constructs that make up one Airflow environment on AWS Fargate."""
