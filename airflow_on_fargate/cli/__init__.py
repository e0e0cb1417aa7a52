"""
The command line `airflow-fargate`.

A command imports what it runs when it runs. So `--help` and shell completion need neither the engine nor boto3 nor
pydantic.
"""
