"""DAG files of a user, of which the tests make versions."""
