"""The Python packages that a project adds to Airflow: wheels, from a package index or from the folder `wheels/`."""

import re
from pathlib import Path

from constructs_lib.settings.user_file import read_text
from constructs_lib.shared.bad_input import BadInputError, shown

REQUIREMENTS = "requirements.txt"
WHEELS = "wheels"
HELP = "docs/packages.md says how to make a wheel"
ARCHIVE = r"(?![^\s@;\[]*\.(?:whl|zip|tar|t[a-z]{1,2}z2?|tar\.\w+)(?:[\s;\[]|$))"
"""What pip takes for a file of that name, and not for a package."""
NAME = ARCHIVE + r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\s*\[[\w\s,.-]*\])?"
VERSIONS = r"\(?\s*(?:(?:===|[<>~=!]=|[<>])\s*[\w.*+!-]+\s*,?\s*)*\)?"
ADDRESS = r"https://[^\s@$]+"
"""Without `@`, before which a password may stand, and without `$`, because pip fills in variables of its machine."""
HASHES = r"(?:\s+--hash[= ]\w+:[0-9a-f]+)*"
REQUIREMENT = re.compile(rf"{NAME}\s*(?:{VERSIONS}|@\s*{ADDRESS}\.whl(?:#[^\s$]*)?)(?:\s*;[^$]*?)?{HASHES}")
INDEX = re.compile(rf"(?:-i|--index-url|--extra-index-url)[= ]\s*{ADDRESS}")
PASSWORD = re.compile(r"://[^/\s]*@")


def check_requirements(project: Path) -> None:
    """
    Check that the image and the local stack install the same from *project*'s requirements.txt, if there is one.

    The image has neither the folders nor the other files of the project, and no compiler.
    Source of the format: https://pip.pypa.io/en/stable/reference/requirements-file-format/.

    Raises:
        BadInputError: a line is neither a package, nor the address of a wheel, nor that of an index.

    """
    text = read_text(project / REQUIREMENTS, where=REQUIREMENTS) or ""
    # A backslash at the end of a line continues it.
    joined = re.sub(r"\\\r?\n", " ", text)
    for line in joined.splitlines():
        asked = re.sub(r"(^|\s)#.*$", "", line).strip()
        if PASSWORD.search(asked):
            msg = f"{REQUIREMENTS} has an address with a user or a password, which the image would keep; {HELP}"
            raise BadInputError(msg)
        if asked and not REQUIREMENT.fullmatch(asked) and not INDEX.fullmatch(asked):
            msg = (
                f"{REQUIREMENTS}: {shown(asked)} does not work in the image: allowed are names of packages with"
                f" versions, https addresses of wheels, --index-url and --extra-index-url; {HELP}"
            )
            raise BadInputError(msg)
