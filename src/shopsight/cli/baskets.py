"""`shopsight baskets`: bring in what was bought together, and take it out again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shopsight.cli.documents import describe_mapping, describe_rejections
from shopsight.cli.importing import SHOWN_REJECTIONS, read_mapping
from shopsight.cli.options import Json, ShopFolder, open_for_reading, open_for_writing
from shopsight.cli.speak import plain, print_document, progress_bar, show_table, tell
from shopsight.errors import BadInput

app = typer.Typer(name="baskets", help="What was bought together: bring in, count, take out.", no_args_is_help=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Order lines as a table, or one basket a line.")],
    kind: Annotated[str, typer.Option("--kind", help="lines, wide or fimi; empty: found out.")] = "",
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="order=, sku=, day= or quantity=COLUMN; may be repeated.", show_default=False),
    ] = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Bring in baskets. Safe to stop and to repeat: a basket with a known number is replaced where it differs."""
    from shopsight.jobs.basket_importing import import_baskets

    with open_for_writing(shop) as opened, progress_bar() as progress:
        report = import_baskets(opened, file, kind=kind, mapping=read_mapping(columns or ()) or None, progress=progress)
    if json:
        names = ("baskets", "added", "changed", "unchanged", "goods", "strangers", "kind")
        document = {name: getattr(report, name) for name in names} | {"mapping": dict(report.mapping)}
        print_document({**document, "seconds": report.seconds, "rejected": describe_rejections(report.rejected)})
    else:
        if report.mapping:
            tell(f"columns: {plain(describe_mapping(report.mapping))}")
        tell(
            f"{report.baskets:,} baskets: {report.added:,} added, {report.changed:,} changed, "
            f"{report.unchanged:,} unchanged, {len(report.rejected):,} rejected; "
            f"{report.goods:,} different goods, {report.strangers:,} of them not in the shop"
        )
        if report.rejected:
            rows = [(r.item, r.reason, r.cure) for r in report.rejected[:SHOWN_REJECTIONS]]
            show_table(("rejected", "reason", "cure"), rows)
    if report.rejected and not report.baskets:
        raise typer.Exit(BadInput.exit_code)


@app.command("forget")
def forget(
    file: Annotated[Path, typer.Argument(help="The file that was imported.")],
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Take out the baskets that came from one file."""
    with open_for_reading(shop) as opened:
        gone = opened.catalogue.forget_baskets(str(file.expanduser().resolve()))
    print_document({"removed": gone}) if json else tell(f"{gone:,} baskets removed")
