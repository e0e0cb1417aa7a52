"""Write the Terraform JSON of every variant into a folder: `python -m tests.programs.all_variants <folder>`."""

import sys
from pathlib import Path

from constructs_lib.engine.lazy_bindings import make_bindings_lazy

make_bindings_lazy()

from cdktf import Testing  # noqa: E402 the bindings are lazy from here on

from tests.variants import VARIANTS, compose  # noqa: E402 the same

for name, settings in VARIANTS.items():
    Path(sys.argv[1], f"{name}.json").write_text(Testing.synth(compose(settings)))
