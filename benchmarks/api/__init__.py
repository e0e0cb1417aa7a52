"""What the api-server answers under load: `python -m benchmarks.api`."""
