"""Import the programs that read the synthesized JSON, and print whether CDKTF came with them."""

import sys

import airflow_on_fargate.local.template
import airflow_on_fargate.operations.stage_operations
import airflow_on_fargate.simulator.composed  # noqa: F401 imported for what they import

print("cdktf" in sys.modules)
