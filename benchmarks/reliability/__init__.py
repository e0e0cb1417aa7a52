"""What becomes of work while parts of the stack break: `python -m benchmarks.reliability`."""
