"""The autoscaler: the number of workers that each pool is missing, as a metric."""
