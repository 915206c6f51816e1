"""Takes events from many requests and commits them together: an answer is given only when its events are on disk.

One thread writes. While it commits one transaction the next events gather, so that a thousand single events cost a few
dozen transactions, and none is acknowledged before it would survive a kill.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future

from shopsight.catalogue.events import EventChanges
from shopsight.errors import ShopsightError, TooMany
from shopsight.shop import Shop
from shopsight.types import Event

Events = Sequence[tuple[str, Event]]
SOURCE = "http"
MOST_TOGETHER = 5_000
MOST_WAITING = 100_000


class EventDesk:
    """One per application; its thread starts with the first event."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._waiting: deque[tuple[Events, Future[EventChanges]]] = deque()
        self._count = 0
        self._closed = False
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def take(self, events: Events) -> Future[EventChanges]:
        """What becomes of these events, once they are committed. Raises `TooMany` when too many wait already."""
        done: Future[EventChanges] = Future()
        with self._news:
            if self._count + len(events) > MOST_WAITING:
                raise TooMany("events", f"{self._count} wait to be written", "Send them again in a few seconds.")
            self._waiting.append((events, done))
            self._count += len(events)
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_all, name="events", daemon=True)
                self._thread.start()
            self._news.notify()
        return done

    def close(self) -> None:
        """Writes what waits, and stops."""
        with self._news:
            self._closed = True
            self._news.notify()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _write_all(self) -> None:
        while sent := self._next():
            together = [event for events, _ in sent for event in events]
            try:
                outcomes = self._shop.catalogue.keep_each(together, SOURCE)
            except BaseException as why:
                for _, done in sent:
                    done.set_exception(why if isinstance(why, ShopsightError) else _fault())
                continue
            start = 0
            for events, done in sent:
                done.set_result(EventChanges.of(outcomes[start : start + len(events)]))
                start += len(events)

    def _next(self) -> list[tuple[Events, Future[EventChanges]]]:
        """All that waits, up to a limit; nothing only when the desk is closed and empty."""
        with self._news:
            while not self._waiting and not self._closed:
                self._news.wait()
            taken: list[tuple[Events, Future[EventChanges]]] = []
            events = 0
            while self._waiting and (not taken or events + len(self._waiting[0][0]) <= MOST_TOGETHER):
                taken.append(self._waiting.popleft())
                events += len(taken[-1][0])
            self._count -= events
            return taken


def _fault() -> ShopsightError:
    return ShopsightError("events", "they could not be written", "Send them again; the server's log says more.")
