"""Write docs/examples.md."""

from collections.abc import Sequence
from importlib.metadata import version

from benchmarks.examples.exceptions import ENDS_FAILED, NOT_RUN
from benchmarks.examples.run import Example
from benchmarks.report import DOCS, machine

COMMAND = "python -m benchmarks.examples"
PAGE = DOCS / "examples.md"


def write_page(examples: Sequence[Example]) -> None:
    """Write how each of the *examples* ended."""
    rows = "\n".join(_row(each) for each in sorted(examples, key=lambda example: example.dag_id))
    left_out = "\n".join(f"| `{dag_id}` | {reason} |" for dag_id, reason in sorted(NOT_RUN.items()))
    good = sum(each.is_expected for each in examples)
    PAGE.write_text(
        f"""# Airflow's example DAGs

Written by `{COMMAND}` (`make examples`), on {machine()}.

The stack is the one that `make local` runs; nothing here ran on AWS. The DAGs are those of Airflow
{version("apache-airflow")} and of its standard provider {version("apache-airflow-providers-standard")}, unchanged.
{good} of {len(examples)} ended as expected.

| DAG | run | task instances | seconds | |
|---|---|---|---|---|
{rows}

## Not run

| DAG | reason |
|---|---|
{left_out}
""",
        encoding="utf-8",
    )


def _row(example: Example) -> str:
    tasks = ", ".join(f"{count} {state}" for state, count in example.tasks.items())
    reason = ENDS_FAILED.get(example.dag_id, "")
    sign = (reason or "ok") if example.is_expected else f"**must end in {'failure' if reason else 'success'}**"
    return f"| `{example.dag_id}` | {example.state} | {tasks} | {example.seconds:.1f} | {sign} |"
