"""
Text that a user writes and that must arrive in AWS as written.

Terraform reads every string of its JSON as a template. Free text of a user (a command, an environment variable, the
resource of a permission) goes to AWS inside a JSON document, such as `container_definitions` or a policy, and
`json_document` writes it so that Terraform finds no template in it. All other text of users is a name or an ARN, whose
pattern has no room for one.
"""

import json
import re

_BEGINS_TEMPLATE = re.compile(r"\$(?=\$*\{)(?!\{TfToken\[)|%(?=%*\{)")
"""
The characters that begin `${` or `%{`, or that escape them: Terraform, "Strings and Templates", "Escape Sequences".

A token of the engine becomes a reference of Terraform and stays: `UserModel` refuses it in a user's text.
"""


def json_document(document: object) -> str:
    r"""
    Return *document*, which may hold text of users and tokens of the engine, as JSON for an argument of Terraform.

    `$` and `%` that would begin a template are written as `\u0024` and `\u0025`, which only the reader of the document
    decodes. Terraform's own escape, `$${`, would not do: the engine takes its `${` for the beginning of an expression
    and leaves out the braces of the next token.
    """
    text = json.dumps(document, separators=(",", ":"))
    return _BEGINS_TEMPLATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
