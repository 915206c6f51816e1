"""What every route is handed: the shop, and what the web adds to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from shopsight.settings import Settings
from shopsight.shop import Shop
from shopsight.types import Answer
from shopsight.web.answer_desk import AnswerDesk
from shopsight.web.metrics import Metrics

if TYPE_CHECKING:
    from shopsight.web.event_desk import EventDesk
    from shopsight.web.import_desk import ImportDesk
    from shopsight.web.render import Pages
    from shopsight.web.suggestion_desk import SuggestionDesk
    from shopsight.web.thumbnails import Thumbnails
    from shopsight.web.training_desk import TrainingDesk


@dataclass(frozen=True)
class Door:
    """One per application."""

    shop: Shop
    metrics: Metrics
    thumbnails: Thumbnails
    imports: ImportDesk
    trainings: TrainingDesk
    pages: Pages
    events: EventDesk
    suggesting: SuggestionDesk
    answers: AnswerDesk = field(default_factory=AnswerDesk)

    @property
    def settings(self) -> Settings:
        return self.shop.settings

    def close(self) -> None:
        """Stops the work that goes on behind the routes; what was acknowledged is on disk afterwards."""
        for desk in (self.imports, self.events, self.trainings, self.answers, self.suggesting):
            desk.close()

    def note(self, answer: Answer, asked: str) -> Answer:
        """Counts an answer, and hands it on."""
        self.metrics.searches.add(asked=asked, verdict=answer.verdict)
        for part, ms in answer.ms.items():
            self.metrics.search_seconds.observe(ms / 1000.0, part=part)
        return answer


def door_of(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


At = Annotated[Door, Depends(door_of)]
