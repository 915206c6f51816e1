"""How long each part of an answer took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Watch:
    """Milliseconds by part: decode, embed, search and their total; a part that did not run took 0."""

    def __init__(self, *parts: str) -> None:
        self._began = perf_counter()
        self._ms = dict.fromkeys(parts or ("decode", "embed", "search"), 0.0)

    @contextmanager
    def time(self, part: str) -> Iterator[None]:
        began = perf_counter()
        try:
            yield
        finally:
            self._ms[part] += (perf_counter() - began) * 1000

    def read(self) -> dict[str, float]:
        total = (perf_counter() - self._began) * 1000
        return {name: round(ms, 3) for name, ms in (*self._ms.items(), ("total", total))}
