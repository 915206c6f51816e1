"""Work that goes on while the page does other things: one order after the other, each with its progress on disk."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from shopsight.errors import Busy, NotFound, ShopsightError
from shopsight.shop import Shop
from shopsight.types import Rejection

log = logging.getLogger("shopsight.web")
State = Literal["waiting", "running", "done", "failed", "stopped", "interrupted"]
OVER: frozenset[str] = frozenset({"done", "failed", "stopped", "interrupted"})
KEPT_REJECTIONS = 2000
MOST_WAITING = 20
WRITE_EVERY_S = 0.5


class Stop(Exception):
    """Somebody stopped the work."""


@dataclass(frozen=True)
class Job:
    """One piece of work, as it stands. `result` is what it gave, where that is more than counts."""

    id: str
    name: str
    state: State
    started: str
    stage: str = ""
    done: int = 0
    total: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    rejected: tuple[Rejection, ...] = ()
    rejected_total: int = 0
    seconds: float = 0.0
    reason: str = ""
    cure: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)


Wanted = TypeVar("Wanted")
Prepare = Callable[[], AbstractContextManager[Wanted]]
"""Makes the order ready (unpacks an upload, say) on the desk's own thread, and tidies up after it."""


class WorkDesk(ABC, Generic[Wanted]):
    """Takes orders, works them off one at a time, remembers each as JSON in the shop's folder."""

    what = "job"
    room = "jobs"
    """The folder of the records."""
    address = "jobs"
    """Where the API lists them."""
    again = "Start it again."

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._jobs: dict[str, Job] = {}
        self._stops: set[str] = set()
        self._orders: queue.Queue[tuple[str, Prepare[Wanted]] | None] = queue.Queue()
        self._lock = threading.Lock()
        self._written: dict[str, float] = {}
        self._thread: threading.Thread | None = None
        self._remember()

    # --- what the door asks ----------------------------------------------------------------------------------

    def start(self, name: str, prepare: Prepare[Wanted]) -> Job:
        """Queues an order. Raises `Busy` when too many wait already."""
        job = Job(uuid.uuid4().hex[:12], name, "waiting", datetime.now(UTC).isoformat(timespec="seconds"))
        with self._lock:
            if sum(j.state == "waiting" for j in self._jobs.values()) >= MOST_WAITING:
                raise Busy(f"{self.what}s", f"{MOST_WAITING} are waiting already", "Wait until one is done.")
            self._jobs[job.id] = job
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=f"{self.what}s", daemon=True)
                self._thread.start()
        self._write(job)
        self._orders.put((job.id, prepare))
        return job

    def all(self) -> list[Job]:
        """Newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda j: j.started, reverse=True)

    def get(self, job_id: str) -> Job:
        with self._lock:
            job = self._jobs.get(job_id)
        if job is None:
            raise NotFound(job_id, f"no such {self.what}", f"See /api/v1/{self.address} for those there are.")
        return job

    def stop(self, job_id: str) -> Job:
        """Stops one after its present batch; what was done stays. One that is over is forgotten."""
        job = self.get(job_id)
        if job.state in OVER:
            with self._lock:
                self._jobs.pop(job_id, None)
            self._path(job_id).unlink(missing_ok=True)
        else:
            self._stops.add(job_id)
        return job

    def close(self) -> None:
        """Stops what runs and waits for it."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stops.update(j.id for j in self._jobs.values() if j.state not in OVER)
        if thread is not None:
            self._orders.put(None)
            thread.join(timeout=30)

    # --- the work --------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (item := self._orders.get()) is not None:
            began = time.monotonic()
            end = self._attempt(*item)
            self._change(item[0], stage="", seconds=round(time.monotonic() - began, 2), **end)

    def _attempt(self, job_id: str, prepare: Prepare[Wanted]) -> dict[str, str]:
        """Works one order off; how it ended, as fields of its job."""
        try:
            self._check(job_id)
            self._change(job_id, state="running", stage="reading")
            with prepare() as order:
                self._run(job_id, order)
        except Stop:
            return {"state": "stopped", "cure": self.again}
        except ShopsightError as error:
            return {"state": "failed", "reason": error.message, "cure": error.cure or self.again}
        except Exception as error:
            log.exception("%s %s", self.what, job_id, exc_info=error)
            return {
                "state": "failed",
                "reason": "something went wrong here",
                "cure": f"{self.again} The log says more.",
            }
        return {"state": "done"}

    @abstractmethod
    def _run(self, job_id: str, order: Wanted) -> None:
        """Does what was ordered, telling progress; what it raises ends the job as failed."""

    def _progress(self, job_id: str) -> Callable[[str, int, int | None], None]:
        def tell(stage: str, done: int, total: int | None) -> None:
            self._check(job_id)
            self._change(job_id, stage=stage, done=done, total=total)

        return tell

    def _check(self, job_id: str) -> None:
        if job_id in self._stops:
            raise Stop

    def _reject(self, job_id: str, more: Sequence[Rejection]) -> None:
        job = self.get(job_id)
        kept = (*job.rejected, *more)[:KEPT_REJECTIONS]
        self._change(job_id, rejected=kept, rejected_total=job.rejected_total + len(more))

    # --- memory ----------------------------------------------------------------------------------------------

    def _change(self, job_id: str, **fields: Any) -> None:
        with self._lock:
            before = self._jobs[job_id]
            job = self._jobs[job_id] = replace(before, **fields)
        now = time.monotonic()
        if job.state != before.state or job.state in OVER or now - self._written.get(job_id, 0.0) > WRITE_EVERY_S:
            self._written[job_id] = now
            self._write(job)

    def _path(self, job_id: str) -> Path:
        return self.shop.folder / self.room / f"{job_id}.json"

    def _write(self, job: Job) -> None:
        # The record only serves people who come back; a full disk must not end the work itself.
        with contextlib.suppress(OSError):
            path = self._path(job.id)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_text(json.dumps(asdict(job)), encoding="utf-8")
            os.replace(part, path)

    def _remember(self) -> None:
        """Reads the records of earlier runs; what was under way when the server ended is called interrupted."""
        for path in sorted((self.shop.folder / self.room).glob("*.json")):
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
                record = json.loads(path.read_text(encoding="utf-8"))
                record["rejected"] = tuple(Rejection(**r) for r in record["rejected"])
                job = Job(**record)
                if job.state not in OVER:
                    job = replace(job, state="interrupted", reason="the server ended during it", cure=self.again)
                self._jobs[job.id] = job
