"""Run main.py of the current folder with the stock roots of the AWS bindings: `python -m benchmarks.stock_roots`."""

import runpy

from constructs_lib.engine import lazy_bindings

# main.py imports the function by name after this line.
lazy_bindings.make_bindings_lazy = lambda: None

if __name__ == "__main__":
    runpy.run_path("main.py", run_name="__main__")
