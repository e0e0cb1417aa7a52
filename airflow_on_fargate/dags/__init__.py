"""The DAG bundles of a stage in S3: check and push a version, list versions, compare them, and roll back."""
