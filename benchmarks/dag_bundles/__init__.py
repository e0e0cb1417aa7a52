"""DAGs that change while the stack runs: `python -m benchmarks.dag_bundles`."""
