"""A package that all teams import."""
