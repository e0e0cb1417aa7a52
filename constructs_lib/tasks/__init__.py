"""The folders of tasks/ as task definitions that DAGs start."""
