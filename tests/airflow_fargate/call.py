"""
Call a function, and print what it returns.

`python -m tests.airflow_fargate.call <module>.<function> '<JSON of its arguments>'`; run by `container.called`.
"""

import importlib
import json
import sys

if __name__ == "__main__":
    module, _, function = sys.argv[1].rpartition(".")
    arguments = json.loads(sys.argv[2])
    print(json.dumps(getattr(importlib.import_module(module), function)(*arguments)))  # noqa: T201 the tests read it
