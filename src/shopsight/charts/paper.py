"""The sheet that every chart is drawn on: colours, type, escaping, and what a screen reader says.

Lengths are units of the view box, which is `width_px` wide; the picture itself takes all the width it is given. Where
that is little (a phone), the writing grows in units, so that it stays about 10 px high, and some ticks keep silent.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from html import escape, unescape

TEXT, NARROW_TEXT = 14, 23
"""Height of the writing in units, on a wide and on a narrow screen."""
COLOURS = 6
"""How many series colours there are before they start over."""

# Okabe and Ito's advice for eyes that see colours differently, in the shades of the pages.
# Text colours meet 4.5:1 on the sheet, marks 3:1.
LIGHT = {
    "sheet": "#ffffff", "ink": "#14201c", "soft": "#4a5953", "line": "#dfe5e0", "axis": "#7b8a83",
    "good": "#0f6a49", "bad": "#b3362b",
    "c0": "#0b6a5d", "c1": "#d1600a", "c2": "#2f6fb5", "c3": "#a87d00", "c4": "#93478f", "c5": "#5d6b66",
    "under": "#a34a06",
}  # fmt: skip
DARK = {
    "sheet": "#182220", "ink": "#e9efec", "soft": "#a5b3ad", "line": "#2d3a36", "axis": "#71827b",
    "good": "#74d6a9", "bad": "#ff9d91",
    "c0": "#63cbb8", "c1": "#ff9e57", "c2": "#84b8f3", "c3": "#f6c934", "c4": "#dd9ad9", "c5": "#a5b3ad",
    "under": "#ff9e57",
}  # fmt: skip


def _tokens(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())


STYLE = (
    f".chart{{color-scheme:light dark;{_tokens(LIGHT)};"
    f"font:400 {TEXT}px ui-sans-serif,system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
    "font-variant-numeric:tabular-nums}"
    f"@media (prefers-color-scheme:dark){{.chart{{{_tokens(DARK)}}}}}"
    ".chart text{fill:var(--ink)}.chart .soft{fill:var(--soft)}.chart .title{font-weight:600}"
    f"@media (max-width:520px){{.chart{{font-size:{NARROW_TEXT}px}}.chart .spare{{display:none}}}}"
)


def clean(text: object) -> str:
    """Text that is safe inside SVG: escaped, and without the control characters that XML forbids.

    >>> clean('<b> & "co"')
    '&lt;b&gt; &amp; &quot;co&quot;'
    """
    return escape("".join(c if c.isprintable() else " " for c in str(text)))


def shorten(text: str, longest: int) -> str:
    """The text, cut to so many characters with an ellipsis.

    >>> shorten("a very long name", 8)
    'a very …'
    """
    return text if len(text) <= longest else text[: max(1, longest - 1)] + "…"


def room_for(texts: Iterable[str], most: float) -> float:
    """Units that the longest of these texts takes on a narrow screen, at most `most`."""
    return min(most, 0.56 * NARROW_TEXT * max((len(text) for text in texts), default=0))


def fits(room: float) -> int:
    """How many characters fit into so many units on a narrow screen."""
    return max(3, int(room / (0.56 * NARROW_TEXT)))


def colour(number: int) -> str:
    """The colour of the series of that number, as a CSS value.

    >>> colour(7)
    'var(--c1)'
    """
    return f"var(--c{number % COLOURS})"


def write(
    x: float, y: float, text: object, *, anchor: str = "start", kind: str = "", fill: str = "", says: str = ""
) -> str:
    """Words at a place; `kind` is a class (soft, title, spare), `says` what a pointer resting on them is told."""
    style = f' style="fill:{fill}"' if fill else ""
    more = f"<title>{clean(says)}</title>" if says else ""
    known = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{known}{style}>{more}{clean(text)}</text>'


def rule(
    x1: float, y1: float, x2: float, y2: float, paint: str = "var(--line)", width: float = 1, more: str = ""
) -> str:
    """A straight line."""
    place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {place} stroke="{paint}" stroke-width="{width:g}"{more}/>'


def sheet(marks: Iterable[str], *, width: float, height: float, title: str, says: str) -> str:
    """The finished SVG. `title` is written on it and read out, `says` is the longer description that is read out."""
    head = write(16, 28, shorten(title, int(width / (0.56 * TEXT)) - 4), kind="title") if title else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 {width:g} {height:g}" '
        f'width="100%" aria-label="{clean(". ".join(filter(None, (title, says))))}">'
        f"<title>{clean(title)}</title><desc>{clean(says)}</desc><style>{STYLE}</style>"
        f'<rect width="100%" height="100%" rx="10" fill="var(--sheet)"/>{head}{"".join(marks)}</svg>'
    )


def empty(*, width: float, height: float, title: str) -> str:
    """What is shown where there is nothing to draw."""
    note = write(width / 2, height / 2, "Nothing to draw yet", anchor="middle", kind="soft")
    return sheet([note], width=width, height=height, title=title, says="There are no numbers to draw.")


def data_uri(svg: str) -> str:
    """The SVG as the address of an `<img>`: its style is its own there, and a page's strict policy allows it."""
    return data_uri_of(svg.encode(), "image/svg+xml")


def words_of(svg: str) -> str:
    """What a screen reader says of an SVG from here: the `alt` of its `<img>`.

    >>> words_of(sheet([], width=10, height=10, title="Visits", says="a & b"))
    'Visits. a & b'
    """
    found = re.search(r'aria-label="([^"]*)"', svg)
    return unescape(found.group(1)) if found else ""


def data_uri_of(data: bytes, media_type: str) -> str:
    """Any bytes as an address.

    >>> data_uri_of(b"hi", "text/plain")
    'data:text/plain;base64,aGk='
    """
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
