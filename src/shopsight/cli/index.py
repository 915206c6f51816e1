"""`shopsight index`: look at every photo that the engine has not seen yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopsight.cli.documents import Document, describe_rejections
from shopsight.cli.options import EngineName, Json, ShopFolder, open_for_reading
from shopsight.cli.speak import print_document, progress_bar, show_table, tell

if TYPE_CHECKING:
    from shopsight.jobs.indexing import IndexReport


def index(engine: EngineName = None, shop: ShopFolder = None, json: Json = False) -> None:
    """Look at every photo that the engine has not seen yet. Safe to stop: the next run goes on."""
    from shopsight.jobs.indexing import index as look_at_all

    with open_for_reading(shop, engine) as opened, progress_bar() as progress:
        report = look_at_all(opened, progress=progress)
        space = opened.engine.space
    if json:
        print_document({"engine": space, **describe_index(report)})
    else:
        tell(f"{report.embedded} photos looked at, {report.reused} known already, in {report.seconds:.1f} s ({space})")
        if report.failed:
            show_table(("photo", "reason", "cure"), [(f.item, f.reason, f.cure) for f in report.failed])


def describe_index(report: IndexReport) -> Document:
    """`{embedded, reused, failed, seconds}`."""
    return {
        "embedded": report.embedded,
        "reused": report.reused,
        "failed": describe_rejections(report.failed),
        "seconds": round(report.seconds, 3),
    }
