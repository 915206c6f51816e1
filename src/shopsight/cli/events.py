"""`shopsight events`: what happened in the shop, brought in from logs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.documents import Document, describe_mapping, describe_rejections
from shopsight.cli.importing import SHOWN_REJECTIONS, read_mapping
from shopsight.cli.options import Json, ShopFolder, open_for_reading, open_for_writing
from shopsight.cli.speak import plain, print_document, progress_bar, show_table, tell
from shopsight.errors import BadInput

if TYPE_CHECKING:
    from shopsight.jobs.happenings import EventReport

app = typer.Typer(help="What happened in the shop: views, clicks, purchases, mails ...", no_args_is_help=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV or TSV file with a header line.")],
    zone: Annotated[
        str, typer.Option("--zone", help="Where clocks without an offset hang, such as Europe/Berlin.")
    ] = "",
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=COLUMN where the guess is wrong; may be repeated.", show_default=False),
    ] = None,
    daily: Annotated[bool, typer.Option("--daily", help="The file holds counts per day, not single events.")] = False,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Bring in events, or a daily table of counts. Safe to stop and to repeat: nothing counts twice."""
    from shopsight.jobs.happenings import import_daily, import_events

    mapping = read_mapping(columns or ())
    with open_for_writing(shop) as opened, progress_bar() as progress:
        if daily:
            report = import_daily(opened, file, mapping=mapping, progress=progress)
        else:
            report = import_events(opened, file, mapping=mapping, zone=zone, progress=progress)
    print_document(describe_events(report)) if json else _show(report, daily)
    if report.rejected and not (report.added or report.duplicates):
        raise typer.Exit(BadInput.exit_code)


@app.command("sources")
def sources(shop: ShopFolder = None, json: Json = False) -> None:
    """Where the events came from, and how many were duplicates and machines."""
    with open_for_reading(shop) as opened:
        counts = opened.catalogue.event_counts()
    rows = [(name, found.added, found.duplicates, found.bots) for name, found in counts.items()]
    if json:
        names = ("source", "added", "duplicates", "bots")
        print_document({"sources": [dict(zip(names, row, strict=True)) for row in rows]})
    elif rows:
        show_table(("from", ">events", ">duplicates", ">of them machines"), [tuple(map(str, row)) for row in rows])
    else:
        tell("no events yet: bring some in with `shopsight events import FILE`")


def describe_events(report: EventReport) -> Document:
    """`{rows, added, duplicates, bots, rejected, mapping, seconds}`."""
    return {
        "rows": report.rows,
        "added": report.added,
        "duplicates": report.duplicates,
        "bots": report.bots,
        "rejected": describe_rejections(report.rejected),
        "mapping": dict(report.mapping),
        "seconds": round(report.seconds, 3),
    }


def _show(report: EventReport, daily: bool) -> None:
    tell(f"columns: {plain(describe_mapping(report.mapping))}")
    if daily:
        tell(f"{report.added} daily rows in {report.seconds:.1f} s, {len(report.rejected)} rejected")
    else:
        tell(
            f"{report.added} events in {report.seconds:.1f} s ({report.bots} of them by machines, counted apart), "
            f"{report.duplicates} known already, {len(report.rejected)} rejected"
        )
    if report.rejected:
        rows = [(r.item, r.reason, r.cure) for r in report.rejected[:SHOWN_REJECTIONS]]
        show_table(("rejected", "reason", "cure"), rows)
    if len(report.rejected) > SHOWN_REJECTIONS:
        tell(f"... and {len(report.rejected) - SHOWN_REJECTIONS} more; --json prints them all")
