"""Write the policies of `dev` below the comments of docs/roles.md that name them: `.venv/bin/python docs/roles.py`."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from airflow_on_fargate.pipeline_roles.policies import policies, write
from constructs_lib.settings.settings import Settings

PAGE = Path(__file__).with_suffix(".md")
BLOCK = re.compile(r"(<!-- policy: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
SETTINGS = Settings(
    stage="dev",
    state_bucket="my-state-bucket",
    allowed_account_ids=("123456789012",),
    permissions_boundary_arn="arn:aws:iam::123456789012:policy/boundary",
)
"""`dev` in an account that the settings name, with a boundary."""


def page(text: str) -> str:
    """Return the page with the policies as they are."""
    documents = policies(SETTINGS, ())
    return BLOCK.sub(lambda found: f"{found[1]}\n```json\n{write(documents[found[2]])}\n```\n\n{found[3]}", text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
