"""`shopsight import`: a folder of pictures or a feed in; a shop that can be searched out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.documents import Document, describe_mapping, describe_rejections
from shopsight.cli.index import describe_index
from shopsight.cli.options import EngineName, Json, ShopFolder, open_for_writing
from shopsight.cli.speak import plain, print_document, progress_bar, show_table, tell
from shopsight.errors import BadInput

if TYPE_CHECKING:
    from shopsight.jobs.importing import ImportReport
    from shopsight.jobs.indexing import IndexReport
    from shopsight.jobs.progress import Progress
    from shopsight.shop import Shop

SHOWN_REJECTIONS = 20


def import_(
    source: Annotated[str, typer.Argument(help="A folder of pictures, a feed's file, or the address of either.")],
    kind: Annotated[
        str, typer.Option("--kind", help="folder, csv, shopify, woocommerce, merchant or listing; empty: found out.")
    ] = "",
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="FIELD=COLUMN of a CSV where the guess is wrong; may be repeated.", show_default=False
        ),
    ] = None,
    sync: Annotated[bool, typer.Option("--sync", help="Remove what this source no longer has.")] = False,
    look: Annotated[bool, typer.Option("--index/--no-index", help="Let the engine look at the new photos too.")] = True,
    engine: EngineName = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Bring in products and their photos. Safe to stop and to repeat: what is known is not done again."""
    from shopsight.jobs.importing import import_source
    from shopsight.jobs.indexing import index

    mapping = read_mapping(columns or ())
    with open_for_writing(shop, engine) as opened, progress_bar() as progress:
        report = import_source(opened, source, kind=kind, mapping=mapping or None, sync=sync, progress=progress)
        looked = index(opened, progress=progress) if look else None
        advice = count_advice(opened, progress) if look else {}
    if json:
        print_document(
            describe_import(report) | ({"index": describe_index(looked), "advice": advice} if looked else {})
        )
    else:
        _show(report, looked)
        if advice:
            told = ", ".join(f"{photos} {fault}" for fault, photos in advice.items())
            tell(f"photos that could be better: {told}; which and why: shopsight factors --catalogue --advice")
    if report.rejected and not report.products:
        raise typer.Exit(BadInput.exit_code)


def read_mapping(pairs: list[str] | tuple[()]) -> dict[str, str]:
    """`FIELD=COLUMN` pairs as a table.

    >>> read_mapping(["title=Product name"])
    {'title': 'Product name'}
    """
    mapping = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not (field.strip() and equals and column.strip()):
            raise BadInput(f"--map {pair}", "it is not FIELD=COLUMN", 'Write for example --map "title=Product name".')
        mapping[field.strip()] = column.strip()
    return mapping


def count_advice(shop: Shop, progress: Progress) -> dict[str, int]:
    """Measures what is new, and counts the shop's photos by what would make them better, most first."""
    from collections import Counter

    from shopsight.insight.advice import advise_shop
    from shopsight.jobs.measuring import measure

    measure(shop, progress=progress)
    return dict(Counter(one.fault for one in advise_shop(shop.catalogue)).most_common())


def describe_import(report: ImportReport) -> Document:
    """`{products, photos, added, changed, unchanged, removed, rejected, seconds, mapping}`."""
    return {
        "products": report.products,
        "photos": report.photos,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "rejected": describe_rejections(report.rejected),
        "seconds": round(report.seconds, 3),
        "kind": report.kind,
        "mapping": dict(report.mapping),
    }


def _show(report: ImportReport, looked: IndexReport | None) -> None:
    if report.mapping and report.kind == "csv":
        tell(f"columns: {plain(describe_mapping(report.mapping))}")
    tell(
        f"{report.products} products with {report.photos} photos in {report.seconds:.1f} s: {report.added} added, "
        f"{report.changed} changed, {report.unchanged} unchanged, {report.removed} removed, "
        f"{len(report.rejected)} rejected"
    )
    if looked:
        tell(f"{looked.embedded} photos looked at in {looked.seconds:.1f} s, {looked.reused} known already")
    rejected = (*report.rejected, *(looked.failed if looked else ()))
    if rejected:
        rows = [(r.item, r.reason, r.cure) for r in rejected[:SHOWN_REJECTIONS]]
        show_table(("rejected", "reason", "cure"), rows)
    if len(rejected) > SHOWN_REJECTIONS:
        tell(f"... and {len(rejected) - SHOWN_REJECTIONS} more; --json prints them all")
