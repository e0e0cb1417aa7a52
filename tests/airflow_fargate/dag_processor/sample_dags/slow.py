"""A DAG file that takes some time, and imports another file."""

import time

from airflow.sdk import DAG
from helper import VERSION  # type: ignore[import-not-found] # of the bundle

time.sleep(2)
dag = DAG("slow", description=VERSION, schedule=None)
