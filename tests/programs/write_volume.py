"""Write the file that FILE names, and print the first argument and the variable URL."""

import os
import sys
from pathlib import Path

Path(os.environ["FILE"]).write_text("written")
print(sys.argv[1])
print(os.environ["URL"])
