"""What is in a photo that is sent along: classes, boxes, masks, or the photo with all that drawn over it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile

from shopsight.types import Recognition, Task
from shopsight.web.asking import clean_words, read_box, read_photo
from shopsight.web.door import At
from shopsight.web.guard import may_read
from shopsight.web.search import BoxText
from shopsight.web.shapes import RecognitionOut, recognition_out

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
    return data, door.shop.recognise(data, task, labels=clean_words(labels), box_px=read_box(box), k=k)


Seen = Annotated[tuple[bytes, Recognition], Depends(look_at)]


@router.post("")
def recognise(seen: Seen) -> RecognitionOut:
    """Labels with scores, boxes in the photo's own pixels, masks as COCO run lengths, counts, colours and pattern."""
    return recognition_out(seen[1])


@router.post("/picture", responses=DRAWN, response_class=Response)
def draw_picture(door: At, seen: Seen, kind: Drawing = "png") -> Response:
    """The photo with what was found drawn over it, and a legend below."""
    from shopsight.images.decode import decode, encode
    from shopsight.images.overlay import MOST_SIDE_PX, draw

    limits = door.settings
    pixels = decode(seen[0], side_px=MOST_SIDE_PX, max_bytes=limits.max_photo_bytes, max_pixels=limits.max_photo_pixels)
    media_type = f"image/{kind}"
    return Response(encode(draw(pixels, seen[1]), media_type, 90), media_type=media_type)
