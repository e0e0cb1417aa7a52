"""Write docs/portability.md."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.portability.steps import STEPS
from benchmarks.report import DOCS

COMMAND = "python -m benchmarks.portability"
RECORDED = DOCS / "portability.json"
"""The results, by program and source."""
PAGE = DOCS / "portability.md"


def keep(recorded: Mapping[str, Any], measured_on: str) -> None:
    """Keep the results, and write the page."""
    RECORDED.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
    PAGE.write_text(page(recorded, measured_on))


def page(recorded: Mapping[str, Any], measured_on: str) -> str:
    """Return the page's text: what is *recorded*, on the machine that it was *measured_on*."""
    columns = list(STEPS)
    lines = "\n".join(_rows(recorded))
    tests = "\n".join(
        f"| {name} {recorded['programs'][name]} | {result} |" for name, result in sorted(recorded["module"].items())
    )
    failures = "\n".join(_failures(recorded)) or "No step has failed."
    return f"""# Terraform and OpenTofu

Written by `{COMMAND}` (`make portability`), on {measured_on}.

Which programs run a stage. Each row is the stage `dev` with its own state, from `init` to `destroy`. The program reads
the Terraform JSON of [either engine](engines.md), or [the HCL of the export](plain-terraform.md). The second plan must
be empty. So must the plan of the other program with the same state, for a team that moves from one to the other.

The AWS provider is a stand-in for `hashicorp/aws` {recorded["provider"]}, which each program finds in its own registry.
State and images are in moto's S3 and ECR. **Nothing here was run on AWS.**

| program | reads | {" | ".join(columns)} |
|---|---|{"---|" * len(columns)}
{lines}

{failures}

The tests of [the module](plain-terraform.md) of the stage refuse wrong values of its variables. OpenTofu also plans the
whole module with mocks in place of AWS.

| program | tests of the module |
|---|---|
{tests}

A stage needs ephemeral values and write-only arguments, so that passwords are in no plan and no state. Both programs
have them since 1.11, and older versions refuse a stage by its `required_version`.
"""


def _rows(recorded: Mapping[str, Any]) -> Iterator[str]:
    for each in recorded["results"]:
        cells = ["failed" if each["steps"][step] else "ok" for step in STEPS]
        program = f"{each['program']} {recorded['programs'][each['program']]}"
        yield f"| {program} | {each['source']} | {' | '.join(cells)} |"


def _failures(recorded: Mapping[str, Any]) -> Iterator[str]:
    for each in recorded["results"]:
        for step in STEPS:
            if each["steps"][step]:
                yield f"- {each['program']}, {each['source']}, {step}: {each['steps'][step]}"
