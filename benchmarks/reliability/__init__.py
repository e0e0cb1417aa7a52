"""Tasks while parts of the stack fail: `python -m benchmarks.reliability`."""
