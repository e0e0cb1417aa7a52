"""Draw the measured seconds as bars, as a picture that GitHub shows."""

from collections.abc import Mapping
from html import escape

WIDTH, LABEL_WIDTH, BAR_HEIGHT, GAP = 760, 270, 22, 10
BARS_WIDTH = WIDTH - LABEL_WIDTH - 70


def draw_bars(title: str, seconds: Mapping[str, float]) -> str:
    """Return an SVG picture with one bar for each of *seconds*."""
    longest = max(seconds.values())
    rows = []
    for number, (name, value) in enumerate(seconds.items()):
        top = 44 + number * (BAR_HEIGHT + GAP)
        middle = top + BAR_HEIGHT / 2 + 5
        width = max(1, value / longest * BARS_WIDTH)
        rows += [
            f'<text x="{LABEL_WIDTH - 8}" y="{middle:.0f}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LABEL_WIDTH}" y="{top}" width="{width:.0f}" height="{BAR_HEIGHT}" fill="#2f6fb3"/>',
            f'<text x="{LABEL_WIDTH + width + 8:.0f}" y="{middle:.0f}">{value:.1f} s</text>',
        ]
    bars = "\n".join(rows)
    height = 44 + len(seconds) * (BAR_HEIGHT + GAP) + 6
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" \
font-family="sans-serif" font-size="14">
<rect width="{WIDTH}" height="{height}" fill="white"/>
<text x="16" y="26" font-size="16" font-weight="bold">{escape(title)}</text>
{bars}
</svg>
"""
