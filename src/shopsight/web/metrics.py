"""Counts and timings in Prometheus' text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping

Labels = tuple[tuple[str, str], ...]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Counter:
    """A number that only grows, one per set of labels."""

    def __init__(self, name: str, about: str) -> None:
        self.name, self.about = name, about
        self._values: dict[Labels, float] = {}
        self._lock = threading.Lock()

    def add(self, amount: float = 1.0, **labels: str) -> None:
        key = tuple(sorted(labels.items()))
        with self._lock:
            self._values[key] = self._values.get(key, 0.0) + amount

    def lines(self) -> Iterator[str]:
        yield from _head(self.name, self.about, "counter")
        with self._lock:
            values = sorted(self._values.items())
        for labels, value in values:
            yield f"{self.name}{_braces(labels)} {_number(value)}"


class Histogram:
    """How long things took: cumulative buckets in seconds, one row of them per set of labels."""

    def __init__(self, name: str, about: str, bounds: tuple[float, ...] = SECONDS) -> None:
        self.name, self.about, self.bounds = name, about, bounds
        self._rows: dict[Labels, tuple[list[int], list[float]]] = {}
        self._lock = threading.Lock()

    def observe(self, seconds: float, **labels: str) -> None:
        key = tuple(sorted(labels.items()))
        with self._lock:
            buckets, total = self._rows.setdefault(key, ([0] * (len(self.bounds) + 1), [0.0]))
            buckets[bisect_left(self.bounds, seconds)] += 1
            total[0] += seconds

    def lines(self) -> Iterator[str]:
        yield from _head(self.name, self.about, "histogram")
        with self._lock:
            rows = sorted((k, list(b), t[0]) for k, (b, t) in self._rows.items())
        for labels, buckets, total in rows:
            seen = 0
            for bound, count in zip((*map(_number, self.bounds), "+Inf"), buckets, strict=True):
                seen += count
                yield f"{self.name}_bucket{_braces((*labels, ('le', bound)))} {seen}"
            yield f"{self.name}_sum{_braces(labels)} {_number(total)}"
            yield f"{self.name}_count{_braces(labels)} {seen}"


class Metrics:
    """All that this server counts."""

    def __init__(self) -> None:
        self.requests = Counter("shopsight_requests_total", "Requests answered, by route, method and status.")
        self.seconds = Histogram("shopsight_request_seconds", "How long requests took, by route.")
        self.searches = Counter("shopsight_searches_total", "Searches answered, by what was asked and the verdict.")
        self.search_seconds = Histogram("shopsight_search_seconds", "How long searches took inside, by part.")

    def render(self, gauges: Mapping[str, float]) -> str:
        lines = [line for m in (self.requests, self.seconds, self.searches, self.search_seconds) for line in m.lines()]
        for name, value in sorted(gauges.items()):
            lines += [*_head(f"shopsight_{name}", f"How many {name} there are now.", "gauge")]
            lines.append(f"shopsight_{name} {_number(value)}")
        return "\n".join(lines) + "\n"


def _head(name: str, about: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def _braces(labels: Labels) -> str:
    inside = ",".join(f'{k}="{_escape(v)}"' for k, v in labels)
    return f"{{{inside}}}" if inside else ""


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
