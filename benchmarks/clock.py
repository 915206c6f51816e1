"""Timing that is fair to all: candidates take turns, so that a busy moment of the machine hits each of them."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter

import numpy as np


def take_turns(calls: Mapping[str, Callable[[], object]], rounds: int, warm: int = 3) -> dict[str, float]:
    """The median time of each call in ms."""
    return {name: float(np.median(times)) for name, times in every_turn(calls, rounds, warm).items()}


def every_turn(calls: Mapping[str, Callable[[], object]], rounds: int, warm: int = 3) -> dict[str, list[float]]:
    """All times of each call in ms."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(-warm, rounds):
        for name, call in calls.items():
            began = perf_counter()
            call()
            if turn >= 0:
                times[name].append((perf_counter() - began) * 1000)
    return times


def memory_mb() -> dict[str, float]:
    """This process: own memory, pages mapped from files (which the system may drop at will), and the peak of both."""
    said = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    found = {name: int(said[key].split()[0]) / 1024 for name, key in (("own", "RssAnon"), ("mapped", "RssFile"))}
    return found | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def machine() -> str:
    """The processor's name and how many cores there are."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = {line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")}
    flags = next((line for line in lines if line.startswith("flags")), "")
    vnni = " with 8-bit dot products" if "vnni" in flags else ""
    return f"{' / '.join(sorted(names)) or 'unknown processor'}{vnni}, {os.cpu_count()} cores"
