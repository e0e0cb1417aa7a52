"""The sizes of what is written in the picture, in points."""

TITLE, FACT, LABEL = 13, 11, 11
LINE_HEIGHT = 1.25
"""In sizes of the text."""
LETTER = 0.54
"""The width of an average letter, in sizes of the text."""


def width_of(text: str, size: float) -> float:
    """Return about how wide *text* is."""
    return len(text) * size * LETTER
