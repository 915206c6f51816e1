"""Suggestions for the whole catalogue, made while the page does other things."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from shopsight.web.work_desk import WorkDesk


@dataclass(frozen=True)
class Wanted:
    """For which products; None means all. `restate` also suggests where a product says something else."""

    skus: tuple[str, ...] | None = None
    restate: bool = False


class SuggestionDesk(WorkDesk[Wanted]):
    """Looks at photos that nobody looked at yet, then suggests what products do not say."""

    what, room, address = "suggesting", "suggesting", "suggestions/runs"
    again = "Start it again: what was suggested stays."

    def _run(self, job_id: str, order: Wanted) -> None:
        from shopsight.jobs.indexing import index
        from shopsight.jobs.suggesting import suggest_all

        progress = self._progress(job_id)
        self._reject(job_id, index(self.shop, progress=progress).failed)
        report = suggest_all(self.shop, order.skus, restate=order.restate, progress=progress)
        counts = {name: value for name, value in asdict(report).items() if name != "seconds"}
        self._change(job_id, counts=counts)
