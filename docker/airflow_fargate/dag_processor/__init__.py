"""The dag-processor: which DAG files a new version of a bundle changes, and when they are parsed."""
