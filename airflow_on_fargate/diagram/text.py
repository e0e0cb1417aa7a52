"""The sizes of the picture's text, in points."""

TITLE, FACT, LABEL = 13, 11, 11
LINE_HEIGHT = 1.25
"""As a multiple of the text's size."""
LETTER = 0.54
"""The width of an average letter, as a multiple of the text's size."""


def width_of(text: str, size: float) -> float:
    """Return the approximate width of *text*."""
    return len(text) * size * LETTER
