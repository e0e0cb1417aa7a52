"""Text that the engine, CDKTF, takes for its own."""

import re
import struct

_TOKEN = re.compile(r"[$#&]\{TfToken\[|\A(?:String|Any) Map Token Value\Z")
_NUMBER = re.compile(r"[-|\d.+]+e[-|\d.eE+]+", re.ASCII)
_NUMBER_BEGINS = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NUMBER_MARKERS = {b"\xfd\xff", b"\xfb\xff"}
"""The first 16 bits of the numbers that stand for a token."""


def engine_token(text: str) -> str | None:
    """
    Return the part of *text* that CDKTF would replace, or refuse with a traceback; None: it leaves the text alone.

    It looks for its tokens in every string, names and numbers among them (cdktf 0.21.0: `tokens/private/encoding.ts`
    and `resolve.ts`). No user needs such text, and in AWS it would not be what was written.
    """
    found = _TOKEN.search(text) or next(filter(_stands_for_token, _NUMBER.finditer(text)), None)
    return found[0] if found else None


def _stands_for_token(found: re.Match[str]) -> bool:
    number = _NUMBER_BEGINS.match(found[0])
    return number is not None and struct.pack(">d", float(number[0]))[:2] in _NUMBER_MARKERS
