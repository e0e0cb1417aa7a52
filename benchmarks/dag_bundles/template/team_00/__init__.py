"""The package of a team."""
