"""Fills a shop in child processes that meet an end: killed at their nth write, killed after a while, or out of room.

    python doomed_writer.py FOLDER

The children that are killed after a while also make the shop; the others find an empty one.

Run apart from the test, because only a process with one thread can be forked safely. Each child writes a line to
`FOLDER/NAME.log` after each of its commits; the test compares what the log says with what the shop holds.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from stock_room import SPACE, keep, sight

from shopsight.catalogue.store import Catalogue
from shopsight.errors import ShopsightError
from shopsight.types import Product

ROUNDS = 2
LIMITS_BYTES = (0, 3_000, 4_110, 40_000, 150_000)
DELAYS_S = (0.05, 0.15, 0.4)


def fill(folder: Path, told: Callable[[str], object] = lambda line: None) -> None:
    """A small import: photos, products, sights, in rounds; goes on where an earlier one stopped."""
    with Catalogue.open(folder) as shop:
        for number in range(ROUNDS):
            (photo_id,) = keep(shop, number)
            told(f"photo {photo_id}")
            shop.save([Product(f"P{number}", f"Thing {number}", photos=(photo_id,))], source="feed")
            told(f"product P{number}")
            unseen = shop.unseen(SPACE)
            shop.keep_sights(SPACE, {photo: sight(photo, "Shirt", "red") for photo in unseen})
            for photo in unseen:
                told(f"seen {photo}")


def log_to(path: Path) -> Callable[[str], object]:
    handle, write = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY), os.write
    return lambda line: write(handle, f"{line}\n".encode())


def die_at(nth: int) -> None:
    """Arms the calls through which this project makes files last: the nth of them is the last."""
    left = [nth]

    def armed(call: Callable[..., object]) -> Callable[..., object]:
        def fatal(*args: object, **options: object) -> object:
            left[0] -= 1
            if left[0] <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **options)

        return fatal

    for name in ("write", "fsync", "replace"):
        setattr(os, name, armed(getattr(os, name)))


def child(folder: Path, doom: Callable[[], object]) -> int:
    """Forks one writer; gives its number."""
    pid = os.fork()
    if pid:
        return pid
    told = log_to(folder.with_suffix(".log"))
    try:
        doom()
        fill(folder, told)
        told("done")
    except ShopsightError as error:
        told(f"error {error.code}")
    finally:
        os._exit(0)


def main(root: Path) -> None:
    Catalogue.open(root / "empty").close()
    for nth in range(1, 200):
        shutil.copytree(root / "empty", root / f"nth{nth}")
        _, status = os.waitpid(child(root / f"nth{nth}", lambda nth=nth: die_at(nth)), 0)  # type: ignore[misc]
        if not os.WIFSIGNALED(status):
            break
    for place, delay_s in enumerate(DELAYS_S):
        pid = child(root / f"late{place}", lambda: None)
        time.sleep(delay_s)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    for limit in LIMITS_BYTES:
        shutil.copytree(root / "empty", root / f"full{limit}")
        set_limit = lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))  # noqa: E731
        os.waitpid(child(root / f"full{limit}", set_limit), 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
