"""Print the hash of the build context that is the first argument."""

import sys
from pathlib import Path

from constructs_lib.push_image.build_context import BuildContext
from constructs_lib.push_image.image_content import content_hash

print(content_hash(BuildContext(Path(sys.argv[1])), architecture="ARM64"))
