"""What the engine suggests about products, and what people say to it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from shopsight.web.door import At
from shopsight.web.guard import may_read, may_write
from shopsight.web.shapes import (
    CorrectionIn,
    NumbersIn,
    SuggestIn,
    SuggestionOut,
    SuggestionsOut,
    SuggestReportOut,
    suggestion_out,
)
from shopsight.web.suggestion_desk import Wanted
from shopsight.web.work_desk import Job
from shopsight.web.work_desk import State as JobState

router = APIRouter(prefix="/suggestions", tags=["suggestions"], dependencies=[Depends(may_read)])
writing = [Depends(may_write)]

Number = Annotated[int, Path(ge=1, le=2**53, description="The suggestion's number.")]
State = Literal["pending", "accepted", "corrected", "dismissed"]
Kind = Literal["category", "colour", "pattern"]


class RunOut(BaseModel):
    """A run over the catalogue as it stands."""

    id: str
    name: str
    state: JobState
    started: str = Field(description="When it was asked for, in UTC.")
    stage: str
    done: int
    total: int | None
    counts: dict[str, int] = Field(description="products, added, renewed, decided, unseen, unknown")
    rejected_total: int = Field(description="Photos that could not be looked at.")
    seconds: float
    reason: str
    cure: str


def run_out(job: Job) -> RunOut:
    return RunOut.model_validate(job, from_attributes=True)


@router.get("")
def list_suggestions(
    door: At,
    state: State | None = None,
    kind: Kind | None = None,
    sku: Annotated[str, Query(max_length=200, description="Only those of this product.")] = "",
    least_score: Annotated[float, Query(ge=0, le=1, description="Only those with this score or more.")] = 0.0,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SuggestionsOut:
    """Suggestions, the surest first."""
    asked = (state or "", kind or "", sku)
    page = door.shop.catalogue.suggestions(*asked, least_score=least_score, offset=offset, limit=limit)
    found = [suggestion_out(suggestion) for suggestion in page.suggestions]
    return SuggestionsOut(suggestions=found, total=page.total, states=page.states)


@router.post("", dependencies=writing)
def make_suggestions(door: At, wanted: SuggestIn) -> SuggestReportOut:
    """Suggests what products do not say, from what was seen in their photos; all products where none is named."""
    from shopsight.jobs.suggesting import suggest_all

    report = suggest_all(door.shop, wanted.skus, restate=wanted.restate)
    return SuggestReportOut.model_validate(report, from_attributes=True)


@router.post("/runs", status_code=202, dependencies=writing)
def start_run(door: At, wanted: SuggestIn) -> RunOut:
    """The same without waiting: photos that nobody looked at yet are looked at first. Follow it by its id."""
    order = Wanted(None if wanted.skus is None else tuple(wanted.skus), wanted.restate)
    name = "The whole catalogue" if order.skus is None else f"{len(order.skus)} products"
    return run_out(door.suggesting.start(name, lambda: nullcontext(order)))


@router.get("/runs")
def list_runs(door: At) -> list[RunOut]:
    """All runs, newest first; those of earlier runs of the server too."""
    return [run_out(job) for job in door.suggesting.all()]


@router.get("/runs/{job_id}")
def show_run(door: At, job_id: str) -> RunOut:
    """How one run stands."""
    return run_out(door.suggesting.get(job_id))


@router.delete("/runs/{job_id}", dependencies=writing)
def stop_run(door: At, job_id: str) -> RunOut:
    """Stops a run (what was suggested stays), or forgets one that is over."""
    return run_out(door.suggesting.stop(job_id))


@router.post("/accept", dependencies=writing)
def accept_suggestions(door: At, chosen: NumbersIn) -> list[SuggestionOut]:
    """Writes suggested values to their products; all of them or none."""
    return [suggestion_out(decided) for decided in door.shop.catalogue.accept_suggestions(chosen.numbers)]


@router.post("/dismiss", dependencies=writing)
def dismiss_suggestions(door: At, chosen: NumbersIn) -> list[SuggestionOut]:
    """Says that suggestions are wrong or unwanted."""
    return [suggestion_out(decided) for decided in door.shop.catalogue.dismiss_suggestions(chosen.numbers)]


@router.post("/undo", dependencies=writing)
def undo_suggestions(door: At, chosen: NumbersIn) -> list[SuggestionOut]:
    """Takes decisions back: the products say again what they said before."""
    return [suggestion_out(decided) for decided in door.shop.catalogue.undo_suggestions(chosen.numbers)]


@router.post("/{number}/correct", dependencies=writing)
def correct_suggestion(door: At, number: Number, correction: CorrectionIn) -> SuggestionOut:
    """Writes what is right instead of what was suggested."""
    return suggestion_out(door.shop.catalogue.correct_suggestion(number, correction.value))


@router.get("/corrections")
def list_corrections(door: At, kind: Kind | None = None) -> list[SuggestionOut]:
    """All that people accepted or corrected, oldest first: training data."""
    return [suggestion_out(decided) for decided in door.shop.catalogue.corrections(kind or "")]
