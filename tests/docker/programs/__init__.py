"""What tests run in a container of the Airflow image, which gets the text of a file: it has no tests."""
