"""Code that the Airflow image contains too; it imports no other part of constructs_lib."""
