"""Imports that go on while the page does other things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shopsight.web.work_desk import Job, State, WorkDesk

__all__ = ["ImportDesk", "Job", "Order", "State"]


@dataclass(frozen=True)
class Order:
    """What to import: `source` is a path or a URL, `name` what the person called it, `remembered` the source's name
    for `sync` where the path says nothing (an upload)."""

    source: str
    name: str
    kind: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    sync: bool = False
    remembered: str = ""


class ImportDesk(WorkDesk[Order]):
    """Takes in feeds and folders, and lets the engine look at their photos."""

    what, room, address = "import", "jobs", "imports"
    again = "Start it again: what was taken in stays."

    def _run(self, job_id: str, order: Order) -> None:
        from shopsight.jobs.importing import import_source
        from shopsight.jobs.indexing import index

        progress = self._progress(job_id)
        report = import_source(
            self.shop,
            order.source,
            kind=order.kind,
            mapping=order.mapping or None,
            sync=order.sync,
            progress=progress,
            name=order.remembered,
        )
        counts = {n: getattr(report, n) for n in ("products", "photos", "added", "changed", "unchanged", "removed")}
        self._change(job_id, counts=counts, mapping=dict(report.mapping or {}))
        self._reject(job_id, report.rejected)
        seen = index(self.shop, progress=progress)
        self._change(job_id, counts={**counts, "embedded": seen.embedded})
        self._reject(job_id, seen.failed)
