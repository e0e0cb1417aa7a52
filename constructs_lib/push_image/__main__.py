"""Run the program."""

import sys

from constructs_lib.push_image.program import main

sys.exit(main())
