"""Answers that take longer than a page may: begun for the first who asks, picked up by whoever asks again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import TypeVar

T = TypeVar("T")
Progress = Callable[[str, int, int | None], None]
PATIENCE_S = 1.0
WAITING = 8
"""Questions that may wait; more are told to come back."""


class AnswerDesk:
    """One question is worked on at a time, so that shoppers keep the other cores."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._asked: dict[str, Future[object]] = {}
        self._stages: dict[str, str] = {}

    def ask(self, question: str, work: Callable[[Progress], T], patience_s: float = PATIENCE_S) -> T | str:
        """The answer, or after `patience_s` in words how far it is. Work that raised raises here.

        An answer is handed out once: `work` keeps what should be kept.
        """
        with self._lock:
            future = self._asked.get(question)
            if future is None and len(self._asked) >= WAITING:
                self._asked = {name: one for name, one in self._asked.items() if not one.done()}
                if len(self._asked) >= WAITING:
                    return "Other questions are before this one."
            if future is None:
                self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="answers")
                future = self._asked[question] = self._pool.submit(work, self._listener(question))
        try:
            answer = future.result(timeout=patience_s)
        except NotYet:
            if not future.done():
                return self._stages.get(question, "Waiting for another question.")
            raise
        finally:
            if future.done():
                with self._lock:
                    self._asked.pop(question, None)
                    self._stages.pop(question, None)
        return answer  # type: ignore[return-value]

    def close(self) -> None:
        """Takes no more; what runs ends by itself."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _listener(self, question: str) -> Progress:
        def note(stage: str, done: int, total: int | None) -> None:
            self._stages[question] = f"{stage.capitalize()}: {done} of {total}" if total else stage.capitalize()

        return note
