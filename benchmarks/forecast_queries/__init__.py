"""How long the autoscaler's queries take on a PostgreSQL with a million task instances."""
