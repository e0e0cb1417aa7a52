"""Speed and size of composing, as ratios to baselines that are measured in the same run: `python -m benchmarks`."""
