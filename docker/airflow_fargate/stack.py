"""What the stack tells its containers of itself."""

import os


def given(name: str) -> str:
    """
    Return the value of `AIRFLOW_FARGATE_<name>`.

    Raises:
        ValueError: there is none, so that this is no container of the stack.

    """
    variable = f"AIRFLOW_FARGATE_{name}"
    if variable not in os.environ:
        msg = f"{variable} is not set: outside the stack's containers, set it before a DAG is read"
        raise ValueError(msg)
    return os.environ[variable]
