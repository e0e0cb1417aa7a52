"""The api-server under load: `python -m benchmarks.api`."""
