"""What is in a photo that is sent along: classes, boxes, masks, or the photo with all that drawn over it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile

from shopsight.errors import NotFound
from shopsight.types import Recognition, Task
from shopsight.web.asking import clean_words, read_box, read_photo
from shopsight.web.door import At
from shopsight.web.guard import may_read
from shopsight.web.search import BoxText
from shopsight.web.shapes import PlaceOut, RecognitionOut, recognition_out

EVERY_CLASS = 1000
router = APIRouter(prefix="/recognise", tags=["recognise"], dependencies=[Depends(may_read)])

PhotoFile = Annotated[UploadFile, File(description="A picture file; it is looked at and not kept.")]
TaskForm = Annotated[Task, Form(description="What is asked of the photo.")]
LabelsForm = Annotated[
    str, Form(max_length=200, description="Empty for garments; else an engine of `shopsight models list`.")
]
Classes = Annotated[int, Form(ge=1, le=100, description="How many classes are told at most.")]
Drawing = Annotated[Literal["png", "jpeg", "webp"], Form(alias="format", description="Kind of the drawn picture.")]
BYTES = {"schema": {"type": "string", "format": "binary"}}
DRAWN: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": BYTES, "image/jpeg": BYTES, "image/webp": BYTES}}
}


def look_at(
    door: At,
    photo: PhotoFile,
    task: TaskForm = "classify",
    labels: LabelsForm = "",
    box: BoxText = "",
    k: Classes = 5,
) -> tuple[bytes, Recognition]:
    """The photo's bytes and what is in it."""
    data = read_photo(photo, door.settings) or b""
    told = EVERY_CLASS if door.settings.taxonomy and task == "classify" else k
    found = door.shop.recognise(data, task, labels=engine_name(labels), box_px=read_box(box), k=told)
    return data, found


def engine_name(labels: str) -> str:
    """An engine's name as it may come over the wire: names only, for a path would open any folder of this machine."""
    labels = clean_words(labels)
    if "/" in labels.partition(":")[0] or "\\" in labels:
        raise NotFound(f"labels {labels[:60]!r}", "no engine has this name", "See /api/v1/engines.")
    return labels


Seen = Annotated[tuple[bytes, Recognition], Depends(look_at)]


@router.post("")
def recognise(door: At, seen: Seen, k: Classes = 5) -> RecognitionOut:
    """Labels with scores, boxes in the photo's own pixels, masks as COCO run lengths, counts, colours and pattern."""
    found = seen[1]
    if not door.settings.taxonomy or found.task != "classify":
        return recognition_out(found)
    # A place in a taxonomy sums up the chances of all classes, not of the few that are told.
    told = recognition_out(replace(found, findings=found.findings[:k]))
    told.taxonomy = PlaceOut.model_validate(door.shop.place(found), from_attributes=True)
    return told


@router.post("/picture", responses=DRAWN, response_class=Response)
def draw_picture(door: At, seen: Seen, kind: Drawing = "png") -> Response:
    """The photo with what was found drawn over it, and a legend below."""
    from shopsight.images.decode import decode, encode
    from shopsight.images.overlay import MOST_SIDE_PX, draw

    limits = door.settings
    pixels = decode(seen[0], side_px=MOST_SIDE_PX, max_bytes=limits.max_photo_bytes, max_pixels=limits.max_photo_pixels)
    media_type = f"image/{kind}"
    return Response(encode(draw(pixels, seen[1]), media_type, 90), media_type=media_type)
