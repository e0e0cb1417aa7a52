"""Code that also runs in the Airflow image; imports nothing of the rest of constructs_lib."""
