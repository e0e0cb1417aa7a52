"""Print whether the folder `dags` is mounted read-only."""

import os

print(bool(os.statvfs("dags").f_flag & os.ST_RDONLY))
