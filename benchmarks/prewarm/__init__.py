"""Benchmark of workers that start before scheduled runs, beside workers that follow the work alone."""
