"""Print what Airflow says of each of its options."""

import json

from airflow.configuration import conf

print(json.dumps(conf.configuration_description))
