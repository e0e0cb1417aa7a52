"""Parts of an SVG picture."""

from html import escape

WIDTH, MARGIN = 1080, 16
COLOURS = ("#1f6fb4", "#d9822b", "#b8b8b8", "#4d4d4d", "#7a5195")
"""The colours of the contenders, in their order."""


def picture(parts: list[str], height: float) -> str:
    """Return a whole picture of *parts*."""
    body = "\n".join(parts)
    size = f'width="{WIDTH}" height="{height:.0f}"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">
<rect {size} fill="white"/>
{body}
</svg>
"""


def text(left: float, top: float, words: str, *, bold: bool = False, anchor: str = "start") -> str:
    """Return *words* as text on the line at *top*."""
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def box(left: float, top: float, width: float, height: float, colour: str) -> str:
    """Return a filled rectangle."""
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def line(points: list[tuple[float, float]], colour: str, *, width: float = 1) -> str:
    """Return a line through the *points*."""
    through = " ".join(f"{left:.1f},{top:.1f}" for left, top in points)
    return f'<polyline points="{through}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
