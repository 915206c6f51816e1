"""`shopsight factors`: pictures as numbers that a person can read."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.documents import Document, describe_rejections
from shopsight.cli.options import Json, ShopFolder, open_for_reading, open_for_writing
from shopsight.cli.speak import print_document, progress_bar, show_table, tell
from shopsight.errors import BadInput

if TYPE_CHECKING:
    from shopsight.insight.advice import Advice
    from shopsight.jobs.progress import Progress
    from shopsight.shop import Shop
    from shopsight.types import Rejection

Measured = tuple[str, str, dict[str, float]]
SHOWN_ADVICE = 50


def factors(
    photos: Annotated[list[str] | None, typer.Argument(help="Picture files.", show_default=False)] = None,
    catalogue: Annotated[bool, typer.Option("--catalogue", help="Measure every photo of the shop, once.")] = False,
    advice: Annotated[bool, typer.Option("--advice", help="Say what would make the photos better.")] = False,
    table: Annotated[
        Path | None, typer.Option("--csv", help="Write a row per photo into this file.", show_default=False)
    ] = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Measure pictures: light, colour, composition, texture. With --catalogue each photo is measured once and kept."""
    from shopsight.insight.advice import advise

    if bool(photos) == catalogue:
        raise BadInput("factors", "give picture files, or --catalogue", "See `shopsight factors --help`.")
    with open_for_reading(shop) if catalogue else open_for_writing(shop) as opened, progress_bar() as progress:
        rejected: list[Rejection] = []
        if catalogue:
            measured = _measure_shop(opened, progress, rejected)
            found = list(opened.advice()) if advice else []
        else:
            measured = list(_measure(opened, photos or (), progress, rejected))
            found = [one for _, name, values in measured for one in advise(values, name)] if advice else []
    if table:
        write_csv(table, measured)
    if json:
        print_document(_document(measured, rejected) | ({"advice": describe_advice(found)} if advice else {}))
    else:
        _show(measured, found if advice else None, rejected, table)
    if rejected and not measured:
        raise typer.Exit(BadInput.exit_code)


def describe_advice(found: Sequence[Advice]) -> list[Document]:
    """`[{photo, sku, fault, reason, cure}]`."""
    return [{name: getattr(one, name) for name in ("photo", "sku", "fault", "reason", "cure")} for one in found]


def write_csv(path: Path, measured: Sequence[Measured]) -> None:
    """A row per photo: its SKU where it has one, its name, and every factor."""
    from shopsight.insight.factors import FACTORS

    try:
        with path.open("w", newline="", encoding="utf-8") as out:
            rows = csv.writer(out)
            rows.writerow(["sku", "photo", *FACTORS])
            for sku, photo, values in measured:
                rows.writerow([sku, photo, *(f"{values[name]:.6g}" for name in FACTORS)])
    except OSError as why:
        raise BadInput(str(path), f"it cannot be written ({why.strerror})", "Check the folder.") from why


def _measure(shop: Shop, photos: Sequence[str], progress: Progress, rejected: list[Rejection]) -> Iterator[Measured]:
    from shopsight.errors import ShopsightError
    from shopsight.types import Rejection

    for done, photo in enumerate(photos, 1):
        try:
            yield "", photo, shop.factors(photo)
        except ShopsightError as why:
            rejected.append(Rejection(photo, why.reason, why.cure))
        progress("measuring", done, len(photos))


def _measure_shop(shop: Shop, progress: Progress, rejected: list[Rejection]) -> list[Measured]:
    from shopsight.insight.factors import VERSION
    from shopsight.insight.table import all_products
    from shopsight.jobs.measuring import measure

    rejected += measure(shop, progress=progress).failed
    products = all_products(shop.catalogue)
    known = shop.catalogue.factors(VERSION, [photo for product in products for photo in product.photos])
    return [(p.sku, photo, known[photo]) for p in products for photo in p.photos if photo in known]


def _document(measured: Sequence[Measured], rejected: Sequence[Rejection]) -> Document:
    from shopsight.insight.factors import FACTORS

    described = {name: {"unit": f.unit, "low": f.low, "high": f.high, "meaning": f.meaning, "source": f.source}
                 for name, f in FACTORS.items()}  # fmt: skip
    photos = [
        {"sku": sku, "photo": photo, "factors": {name: _rounded(value) for name, value in values.items()}}
        for sku, photo, values in measured
    ]
    return {"factors": described, "photos": photos, "rejected": describe_rejections(rejected)}


def _rounded(value: float) -> float:
    """Five figures: more would be the camera's noise."""
    return value if value == 0 else round(value, 4 - math.floor(math.log10(abs(value))))


def _show(
    measured: Sequence[Measured], advice: Sequence[Advice] | None, rejected: Sequence[Rejection], table: Path | None
) -> None:
    from shopsight.insight.factors import FACTORS

    if advice is not None:
        _show_advice(advice, len(measured))
    elif len(measured) == 1:
        values = measured[0][2]
        rows = [(name, f"{values[name]:.3g}", f.unit, f.meaning) for name, f in FACTORS.items()]
        show_table(("factor", ">value", "unit", "meaning"), rows)
    elif measured:
        _show_spread(measured)
    if table:
        tell(f"{len(measured)} rows written to {table}")
    if rejected:
        show_table(("not measured", "reason", "cure"), [(r.item, r.reason, r.cure) for r in rejected])


def _show_spread(measured: Sequence[Measured]) -> None:
    import numpy as np

    from shopsight.insight.factors import FACTORS

    values = np.array([[one[name] for name in FACTORS] for _, _, one in measured])
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=0)
    rows = [
        (name, f"{a:.3g}", f"{b:.3g}", f"{c:.3g}", FACTORS[name].unit)
        for name, a, b, c in zip(FACTORS, low, middle, high, strict=True)
    ]
    show_table((f"factor of {len(measured)} photos", ">10 % below", ">middle", ">10 % above", "unit"), rows)


def _show_advice(advice: Sequence[Advice], photos: int) -> None:
    rows = [(one.sku or one.photo, one.fault, one.reason, one.cure) for one in advice[:SHOWN_ADVICE]]
    if rows:
        show_table(("photo of", "fault", "reason", "cure"), rows)
    if len(advice) > SHOWN_ADVICE:
        tell(f"... and {len(advice) - SHOWN_ADVICE} more; --json prints them all")
    tell(f"{photos} photos, {len({one.photo for one in advice})} with advice")
