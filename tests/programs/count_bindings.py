"""Print how many modules of the AWS bindings the program before has loaded."""

import sys

print(sum(name.startswith("cdktf_cdktf_provider_aws.") for name in sys.modules), file=sys.stderr)
