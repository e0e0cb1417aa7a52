"""Run Airflow's own example DAGs on the local stack: `python -m benchmarks.examples`."""

import argparse
import sys
import tempfile
from pathlib import Path

from airflow_on_fargate.local.airflow_api import AirflowApi
from benchmarks.examples.exceptions import NOT_RUN
from benchmarks.examples.page import PAGE, write_page
from benchmarks.examples.run import copy_examples, run_examples, wait_for_examples
from benchmarks.project import PROJECT
from benchmarks.running import running


def main() -> None:
    """Run them, write the page, and exit with 1 if one did not end as expected."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.examples",
        description="Run Airflow's own example DAGs on the local stack and write docs/examples.md: ten minutes.",
    )
    parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        dags, plugins = copy_examples(Path(temporary))
        with running(Path(temporary, "project"), dags=dags, plugins=plugins) as stack:
            api = AirflowApi(stack.state)
            try:
                dag_ids = [each for each in wait_for_examples(api) if each not in NOT_RUN]
            except ValueError as error:
                sys.exit(f"error: {error}")
            examples = []
            for example in run_examples(api, dag_ids):
                examples.append(example)
                sign = "ok" if example.is_expected else "UNEXPECTED"
                print(f"{len(examples)} of {len(dag_ids)}: {example.dag_id}: {example.state}, {sign}", flush=True)
    write_page(examples)
    print(f"wrote {PAGE.relative_to(PROJECT)}")
    sys.exit(0 if all(each.is_expected for each in examples) else 1)


if __name__ == "__main__":
    main()
