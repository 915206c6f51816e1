"""Finding products by a photo, a part of it, words, or both."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile

from shopsight.types import Answer
from shopsight.web.asking import MAX_HITS, Asked, Hits, Words, clean_words, read_box, read_photo
from shopsight.web.door import At
from shopsight.web.guard import may_read
from shopsight.web.shapes import AnswerOut, answer_out

router = APIRouter(tags=["search"], dependencies=[Depends(may_read)])

BoxText = Annotated[str, Form(max_length=80, description="`left,top,right,bottom` in pixels of the upright photo.")]
FormWords = Annotated[str, Form(max_length=300, description="Words that bend the search: `but in red`.")]
FormHits = Annotated[int, Form(ge=1, le=MAX_HITS, description="How many hits at most.")]
FormBoxes = Annotated[bool, Form(description="Also tell all products in the photo, for choosing another one.")]
Picture = Annotated[UploadFile | None, File(description="A picture file; it is searched with and not kept.")]


def find_with_photo(
    door: At,
    asked: Asked,
    photo: Picture = None,
    words: FormWords = "",
    box: BoxText = "",
    k: FormHits = 24,
    boxes: FormBoxes = False,
) -> Answer:
    """The search behind both the API and the page."""
    data, text = read_photo(photo, door.settings), clean_words(words)
    box_px = read_box(box) if data is not None else None
    answer = door.shop.find(data, text, box_px=box_px, filters=asked, k=k, boxes=boxes and data is not None)
    return door.note(answer, "both" if data is not None and text else "photo" if data is not None else "words")


def find_with_words(door: At, asked: Asked, words: Words, k: Hits = 24) -> Answer:
    """Search by words alone."""
    return door.note(door.shop.find(words=clean_words(words), filters=asked, k=k), "words")


@router.get("/search")
def search_by_words(answer: Annotated[Answer, Depends(find_with_words)]) -> AnswerOut:
    """Products for words; small slips of the pen are understood."""
    return answer_out(answer)


@router.post("/search")
def search_by_photo(answer: Annotated[Answer, Depends(find_with_photo)]) -> AnswerOut:
    """Products for a photo, for a box of it, for words, or for a photo that words bend."""
    return answer_out(answer)
