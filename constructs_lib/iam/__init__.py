"""Who may do what in AWS: the account, roles, policies, and calls that AWS makes on a schedule."""
