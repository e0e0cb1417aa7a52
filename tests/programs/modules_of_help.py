"""Print the names of the packages that `airflow-fargate --help` has imported."""

import sys
from contextlib import redirect_stdout, suppress
from io import StringIO

from airflow_on_fargate.cli.main import main

with redirect_stdout(StringIO()), suppress(SystemExit):
    main(["--help"])
print(*{name.partition(".")[0] for name in sys.modules})
