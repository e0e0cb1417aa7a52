"""Take the place of the root of the AWS bindings, as a program that has imported it before."""

import sys
import types

sys.modules["cdktf_cdktf_provider_aws"] = root = types.ModuleType("loaded before")
