"""Training over HTTP: start one, follow it, stop it; and the engines whose labels `recognise` takes."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shopsight.web.door import At
from shopsight.web.guard import may_read, may_write
from shopsight.web.training_desk import Wish
from shopsight.web.work_desk import Job, State

router = APIRouter(tags=["training"], dependencies=[Depends(may_read)])
writing = [Depends(may_write)]
Short = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class TrainingIn(BaseModel):
    """What to learn, and how."""

    model_config = ConfigDict(json_schema_extra={"example": {"label": "attribute:fit", "name": "fit"}})
    label: Short = Field("category", description="`category`, or `attribute:NAME`.")
    name: Short = Field("", description="The engine's name; empty: made from the label.")
    method: Literal["linear", "fine-tune"] = "linear"
    trials: int = Field(0, ge=0, le=200, description="Recipes to try; 0: the usual one.")
    apart: Short = Field("", description="An attribute whose values are kept on one side of the examination.")
    seed: int = Field(0, ge=0, le=2**31 - 1)


class TrainingOut(BaseModel):
    """A training as it stands; `result` is the new engine's card when it is done."""

    id: str
    name: str
    state: State
    started: str = Field(description="When it was asked for, in UTC.")
    stage: str
    done: int
    total: int | None
    counts: dict[str, int] = Field(description="photos, labels")
    seconds: float
    reason: str
    cure: str
    result: dict[str, Any]


class EngineOut(BaseModel):
    """An engine that `recognise` takes as `labels`."""

    name: str
    summary: str
    trained_here: bool = Field(description="Trained on this shop's own photos.")
    labels: list[str] = Field(description="What it can say; empty for one that is not trained here.")
    card: dict[str, Any] = Field(description="The card of an engine trained here: data, figures, how to make it again.")
    problem: str


def training_out(job: Job) -> TrainingOut:
    return TrainingOut.model_validate(job, from_attributes=True)


@router.post("/train/classifier", status_code=202, dependencies=writing)
def start_training(door: At, wish: TrainingIn) -> TrainingOut:
    """Trains a classifier on the catalogue; it serves as `labels` of that name as soon as it is done."""
    from shopsight.jobs.learning import check_wish

    name = check_wish(wish.label, wish.name, wish.method)
    order = Wish(**{**wish.model_dump(), "name": name})
    return training_out(door.trainings.start(name, lambda: nullcontext(order)))


@router.get("/train")
def list_trainings(door: At) -> list[TrainingOut]:
    """All trainings, newest first; those of earlier runs of the server too."""
    return [training_out(job) for job in door.trainings.all()]


@router.get("/train/{job_id}")
def show_training(door: At, job_id: str) -> TrainingOut:
    """How one training stands."""
    return training_out(door.trainings.get(job_id))


@router.delete("/train/{job_id}", dependencies=writing)
def stop_training(door: At, job_id: str) -> TrainingOut:
    """Stops a training (the engine that was there before stays), or forgets one that is over."""
    return training_out(door.trainings.stop(job_id))


@router.get("/engines")
def list_engines(door: At) -> list[EngineOut]:
    """The engines whose names `recognise` takes as `labels`: those of the package, and those trained here."""
    from shopsight.engines.store import is_here, records
    from shopsight.jobs.learning import trained_engines

    ours = [
        EngineOut(name=r.name, summary=r.summary, trained_here=False, labels=[], card={}, problem="")
        for r in records()
        if r.ability == "recognise" and is_here(r.name)
    ]
    cards = trained_engines(door.shop)
    return ours + [
        EngineOut(
            name=card["name"],
            summary=card.get("summary", ""),
            trained_here=True,
            labels=card.get("labels", []),
            card=card,
            problem=card["problem"],
        )
        for card in cards
    ]
