"""Write docs/elasticity.md and its picture; exit with 1 if a figure is over its limit: `python docs/elasticity.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from airflow_on_fargate.simulator.report import write_report

DOCS = Path(__file__).parent


def main() -> None:
    """Simulate all days that the page shows, which takes some minutes."""
    sys.exit(0 if write_report(DOCS, project=DOCS.parent, report=print) else 1)


if __name__ == "__main__":
    main()
