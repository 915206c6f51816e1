"""Things and what leads from one to another: circles on a ring, arrows between them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from shopsight.charts import paper

Edge = tuple[str, str, float]
"""From, to, and how strong, above 0."""


def graph(
    edges: Sequence[Edge], *, names: Mapping[str, str], title: str = "", width_px: int = 720, height_px: int = 480
) -> str:
    """The SVG of a directed graph; a stronger edge is wider. `names` are what people call the things.

    Things lie on a ring in an order that puts neighbours side by side: each next one is what the last leads to.
    """
    if not edges:
        return paper.empty(width=width_px, height=height_px, title=title)
    order = _ring(edges)
    middle, reach = (width_px / 2, height_px / 2 + 16), (width_px / 2 - 214, height_px / 2 - 66)
    places = {}
    for number, thing in enumerate(order):
        turn = 2 * math.pi * number / len(order) - math.pi / 2
        places[thing] = middle[0] + reach[0] * math.cos(turn), middle[1] + reach[1] * math.sin(turn)
    most = max(strength for *_, strength in edges)
    marks = [_ARROW]
    marks += [_edge(places[one], places[other], middle, strength / most) for one, other, strength in edges]
    marks += _things(places, names, middle)
    told = "; ".join(f"{names.get(a, a)} to {names.get(b, b)}" for a, b, _ in edges[:40])
    says = f"{len(order)} things, {len(edges)} arrows: {told}"
    return paper.sheet(marks, width=width_px, height=height_px, title=title, says=says)


_ARROW = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" '
    'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z" fill="var(--c0)"/></marker></defs>'
)


def _ring(edges: Sequence[Edge]) -> list[str]:
    """Every thing once; after each, its strongest neighbour that is still free."""
    near: dict[str, list[tuple[float, str]]] = {}
    for one, other, strength in edges:
        near.setdefault(one, []).append((-strength, other))
        near.setdefault(other, []).append((-strength, one))
    order: list[str] = []
    free = dict.fromkeys(near)
    while free:
        thing: str | None = next(iter(free))
        while thing is not None:
            del free[thing]
            order.append(thing)
            thing = next((other for _, other in sorted(near[thing]) if other in free), None)
    return order


def _edge(start: tuple[float, float], end: tuple[float, float], middle: tuple[float, float], strength: float) -> str:
    """A curve that bends to the middle of the ring, and stops before the circle that it points to."""
    bend = [(a + b) / 2 * 0.65 + m * 0.35 for a, b, m in zip(start, end, middle, strict=True)]
    far = math.dist(bend, end) or 1.0
    x, y = (e + (b - e) * 9 / far for e, b in zip(end, bend, strict=True))
    return (
        f'<path d="M{start[0]:.1f} {start[1]:.1f}Q{bend[0]:.1f} {bend[1]:.1f} {x:.1f} {y:.1f}" fill="none" '
        f'stroke="var(--c0)" stroke-opacity="0.65" stroke-width="{1 + 3 * strength:.1f}" marker-end="url(#tip)"/>'
    )


def _things(
    places: Mapping[str, tuple[float, float]], names: Mapping[str, str], middle: tuple[float, float]
) -> Iterator[str]:
    for thing, (x, y) in places.items():
        name = names.get(thing, thing)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="var(--c1)"><title>{paper.clean(name)}</title></circle>'
        off = x - middle[0]
        anchor = "middle" if abs(off) < 30 else "start" if off > 0 else "end"
        across, down = (0.0, 24 if y > middle[1] else -14) if anchor == "middle" else (12 if off > 0 else -12, 5)
        # Names right of the ring and left of it have the margin; those above and below have more.
        yield paper.write(x + across, y + down, paper.shorten(name, 16), anchor=anchor, says=name)
