"""`shopsight find`: a photo, words or both in; the shop's products out."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.documents import describe_answer, price_of
from shopsight.cli.options import EngineName, Json, ShopFolder, open_for_reading
from shopsight.cli.speak import plain, print_document, show_table, tell
from shopsight.errors import BadInput, NotFound

if TYPE_CHECKING:
    from shopsight.shop import Shop
    from shopsight.types import Answer, Box, Filters, Hit

Several = Annotated[list[str] | None, typer.Option(help="Only these; may be repeated.", show_default=False)]
Money = Annotated[str | None, typer.Option(help="In the shop's own currency.", show_default=False)]


def find(
    photo: Annotated[
        str | None, typer.Argument(help="A picture file, or - to read it from standard input.", show_default=False)
    ] = None,
    words: Annotated[str, typer.Option("--words", "-w", help='Words, such as "blue striped shirt".')] = "",
    like: Annotated[
        str | None, typer.Option("--like", help="More like this product (its SKU).", show_default=False)
    ] = None,
    box: Annotated[
        str | None,
        typer.Option("--box", help="Look only at this part: left,top,right,bottom in pixels.", show_default=False),
    ] = None,
    category: Several = None,
    brand: Several = None,
    colour: Several = None,
    audience: Several = None,
    availability: Several = None,
    price_min: Money = None,
    price_max: Money = None,
    k: Annotated[int, typer.Option("-k", "--hits", min=1, max=1000, help="How many hits at most.")] = 10,
    engine: EngineName = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Find products by a photo, by words, or by both."""
    from shopsight.types import Filters

    filters = Filters(
        categories=tuple(category or ()),
        brands=tuple(brand or ()),
        colours=tuple(colour or ()),
        audiences=tuple(audience or ()),
        availabilities=tuple(availability or ()),
        price_min=read_money("--price-min", price_min),
        price_max=read_money("--price-max", price_max),
    )
    box_px = read_box(box) if box else None
    _check_question(photo, words, like, box)
    picture = read_photo(photo) if photo else None
    with open_for_reading(shop, engine) as opened:
        _check_stocked(opened)
        if like:
            answer = opened.more_like(like, k=k, filters=filters)
        else:
            answer = opened.find(picture, words, box_px=box_px, filters=filters, k=k)
    print_document(describe_answer(answer)) if json else _show(answer, words.strip(), filters)


def _check_question(photo: str | None, words: str, like: str | None, box: str | None) -> None:
    if not (photo or words.strip() or like):
        raise BadInput("find", "there is nothing to search with", 'Give a photo, --words "red dress" or --like SKU.')
    if like and (photo or words.strip()):
        raise BadInput("--like", "it cannot be mixed with a photo or words", "Give one or the other.")
    if box and not photo:
        raise BadInput("--box", "there is no photo to look at", "Give the photo too.")


def _check_stocked(shop: Shop) -> None:
    """An empty shop would answer "nothing like it", which is true and no help."""
    if not shop.counts().get("products"):
        cure = f"Fill it with `shopsight import SOURCE --shop {shop.folder}`."
        raise NotFound(f"shop {shop.folder}", "it has no products yet", cure)


def read_photo(photo: str) -> bytes | Path:
    """The picture's path, or its bytes from standard input for "-"."""
    if photo == "-":
        import sys

        return sys.stdin.buffer.read()
    path = Path(photo)
    if path.is_file():
        return path
    reason = "it is a folder, not a picture" if path.is_dir() else "there is no such picture file"
    raise NotFound(photo, reason, f'Check the path; to search by words say --words "{photo}".')


def read_box(text: str) -> Box:
    """`left,top,right,bottom` as numbers.

    >>> read_box("10,20,200,300")
    (10, 20, 200, 300)
    """
    parts = text.replace(" ", "").split(",")
    if len(parts) != 4 or not all(part.isascii() and part.isdecimal() for part in parts):
        raise BadInput(f"--box {text}", "it is not four whole numbers", "Say --box left,top,right,bottom in pixels.")
    left, top, right, bottom = (int(part) for part in parts)
    if left >= right or top >= bottom:
        raise BadInput(f"--box {text}", "it holds nothing", "Left comes before right, and top before bottom.")
    return left, top, right, bottom


def read_money(name: str, text: str | None) -> Decimal | None:
    """An amount.

    >>> read_money("--price-max", "49.90")
    Decimal('49.90')
    """
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise BadInput(f"{name} {text}", "it is not an amount", f"Write it as {name} 49.90.")
    return amount


def _show(answer: Answer, words: str, filters: Filters) -> None:
    if answer.understood and answer.understood != words:
        tell(f"understood as: {plain(answer.understood)}")
    tell(f"{answer.verdict}  ({answer.ms['total']:.0f} ms, {answer.engine})")
    if answer.hits:
        columns = (">", "sku", "title", ">price", ">match", "because")
        show_table(columns, [_row(place, hit) for place, hit in enumerate(answer.hits, 1)])
    elif filters != type(filters)():
        tell("No product meets all of these filters; leave one out.")


def _row(place: int, hit: Hit) -> tuple[str, ...]:
    because = ", ".join(b.words for b in hit.because)
    product = hit.product
    return str(place), product.sku, product.title, price_of(product), f"{hit.match_probability:.0%}", because
