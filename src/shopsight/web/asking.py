"""What a search or a list may be asked with, read from the address: filters, words, a box, sizes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import Depends, Query, UploadFile

from shopsight.errors import BadInput, TooLarge
from shopsight.settings import Settings
from shopsight.types import Box, Filters
from shopsight.web.shapes import Line, Money

MAX_HITS = 100
Values = Annotated[list[Line], Query(max_length=50)]
Words = Annotated[str, Query(max_length=300, description="What to look for, in words.")]
Hits = Annotated[int, Query(ge=1, le=MAX_HITS, description="How many hits at most.")]


def read_filters(
    category: Values = [],  # noqa: B006 (the framework copies it)
    brand: Values = [],  # noqa: B006
    colour: Values = [],  # noqa: B006
    audience: Values = [],  # noqa: B006
    availability: Values = [],  # noqa: B006
    price_min: Annotated[Money | str | None, Query(description="Lowest price.")] = None,
    price_max: Annotated[Money | str | None, Query(description="Highest price.")] = None,
) -> Filters:
    """Filters of an address: a name several times means any of its values."""
    return Filters(
        _clean(category),
        _clean(brand),
        _clean(colour),
        _clean(audience),
        _clean(availability),
        _price("price_min", price_min),
        _price("price_max", price_max),
    )


Asked = Annotated[Filters, Depends(read_filters)]


def clean_words(words: str) -> str:
    """Words without control characters, which no shopper types and a database may refuse."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


def read_box(text: str) -> Box | None:
    """`left,top,right,bottom` as a box; empty means the whole photo."""
    if not text.strip():
        return None
    try:
        left, top, right, bottom = (int(float(part)) for part in text.split(","))
    except (ValueError, OverflowError):
        raise BadInput("box", f"{text[:60]!r} is no box", "Send left,top,right,bottom in pixels.") from None
    return left, top, right, bottom


def read_photo(upload: UploadFile | None, settings: Settings) -> bytes | None:
    """The bytes of an uploaded photo, or None when nothing was sent; an empty file is passed on to be refused."""
    if upload is None or (not upload.filename and not upload.size):
        return None
    data = upload.file.read(settings.max_photo_bytes + 1)
    if len(data) > settings.max_photo_bytes:
        limit = f"more than {settings.max_photo_bytes / 1e6:.0f} MB"
        raise TooLarge(upload.filename or "photo", limit, "Send a smaller picture.")
    return data


def name_of(upload: UploadFile) -> str:
    """A file name to show: the last part only, short, printable."""
    last = (upload.filename or "photo").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:120] or "photo"


def _clean(values: list[str]) -> tuple[str, ...]:
    return tuple(v for v in map(clean_words, values) if v)


def _price(name: str, value: Decimal | str | None) -> Decimal | None:
    """A form sends an empty field for "no limit"."""
    if value in {None, ""}:
        return None
    if isinstance(value, str):
        raise BadInput(name, f"{value[:40]!r} is no price", "Send a number such as 49.90.")
    return value
