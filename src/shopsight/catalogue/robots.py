"""Reads a site's robots.txt as RFC 9309 says: the group for us, the longest rule that fits, "*" and "$" understood.

Python's own reader knows neither of the two signs and takes the first rule that fits, so that it allows what such
sites forbid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

MOST_BYTES = 500_000
LONGEST_DELAY_S = 30.0


@dataclass(frozen=True)
class Robots:
    """What one site lets us do: `rules` are (allowed, path pattern), `delay_s` the pause it asks for."""

    rules: tuple[tuple[bool, str], ...] = ()
    delay_s: float = 0.0

    def allows(self, url: str) -> bool:
        """Whether the page may be asked for. Of rules of the same length the allowing one counts."""
        parts = urlsplit(url)
        path = _plain((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        fitting = [(len(pattern), allowed) for allowed, pattern in self.rules if _fits(pattern, path)]
        return max(fitting)[1] if fitting else True


FORBIDDEN = Robots(rules=((False, "/"),))
"""A site that cannot be asked is taken to say no (RFC 9309, 2.3.1.4)."""


def read_robots(text: str, agent: str) -> Robots:
    """The rules for `agent`, else those for everybody.

    >>> read_robots("User-agent: *\\nDisallow: /*?sort=", "shopsight").allows("https://a.example/bags?sort=price")
    False
    """
    groups = _groups(text[:MOST_BYTES])
    mine = [g for g in groups if agent.casefold() in g[0]] or [g for g in groups if "*" in g[0]]
    rules = tuple(
        (name == "allow", _plain(value))
        for _, lines in mine
        for name, value in lines
        if name != "crawl-delay" and value
    )
    delays = [float(v) for _, lines in mine for n, v in lines if n == "crawl-delay" and re.fullmatch(r"\d+(\.\d+)?", v)]
    return Robots(rules, min(max(delays, default=0.0), LONGEST_DELAY_S))


def _groups(text: str) -> list[tuple[set[str], list[tuple[str, str]]]]:
    """Agents and their lines. Agents that follow each other share the lines after them."""
    groups: list[tuple[set[str], list[tuple[str, str]]]] = []
    for line in text.lstrip("\ufeff").splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        name, value = name.strip().casefold(), value.strip()
        if not colon:
            continue
        if name == "user-agent":
            if not groups or groups[-1][1]:
                groups.append((set(), []))
            groups[-1][0].add(value.casefold().partition("/")[0])
        elif groups and name in ("allow", "disallow", "crawl-delay"):
            groups[-1][1].append((name, value))
    return groups


def _plain(path: str) -> str:
    """One way of writing for letters that may be escaped or not."""
    return quote(unquote(path), safe="/*$?=&;:@!',()+~%")


def _fits(pattern: str, path: str) -> bool:
    """Matches piece by piece from the left, so that many stars cost no more than few."""
    ends = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for number, piece in enumerate(rest, 1):
        if ends and number == len(rest):
            return len(path) - len(piece) >= at and path.endswith(piece)
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return not ends or at == len(path)
