"""An on-demand task, which `FargateTaskOperator` starts: its capacity, its overrides, its owner and its end."""
