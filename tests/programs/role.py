"""Print the role that the credentials endpoint names, and the variables that could hold a key."""

import json
import os
import urllib.request

request = urllib.request.Request(  # noqa: S310 the test's own server
    os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
    headers={"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]},
)
print(json.load(urllib.request.urlopen(request))["RoleArn"])  # noqa: S310 as above
print(sorted(name for name in os.environ if "KEY" in name))
