"""Trainings that go on while the page does other things."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from shopsight.jobs.learning import Method
from shopsight.web.work_desk import WorkDesk


@dataclass(frozen=True)
class Wish:
    """What to train; the fields of `train_classifier`."""

    label: str = "category"
    name: str = ""
    method: Method = "linear"
    trials: int = 0
    apart: str = ""
    seed: int = 0


class TrainingDesk(WorkDesk[Wish]):
    """Trains classifiers on the shop's own photos."""

    what, room, address = "training", "trainings", "train"
    again = "Start it again: the engine that was there before still serves."

    def _run(self, job_id: str, order: Wish) -> None:
        from shopsight.jobs.learning import train_classifier

        trained = train_classifier(self.shop, progress=self._progress(job_id), **asdict(order))
        counts = {"photos": trained.card["data"]["photos"], "labels": len(trained.card["labels"])}
        self._change(job_id, counts=counts, result=dict(trained.card))
