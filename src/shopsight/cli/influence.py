"""`shopsight influence`: which picture factors go with a KPI."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from shopsight.cli.options import Json, ShopFolder, open_for_reading
from shopsight.cli.speak import print_document, progress_bar, show_table, tell
from shopsight.errors import BadInput

if TYPE_CHECKING:
    from shopsight.insight.effects import FactorEffect
    from shopsight.insight.influence import Influence

SHOWN = 25


def influence(
    kpi: Annotated[str, typer.Option(help="Which KPI: traffic, click_through, conversion ...")],
    by: Annotated[str, typer.Option(help="category: each category by itself too.", show_default=False)] = "",
    report: Annotated[
        Path | None,
        typer.Option(help="Write the report here: HTML, SVG, CSV and JSON.", metavar="DIR", show_default=False),
    ] = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Find which factors of the cover photos go with a KPI, with ranges and a control."""
    from shopsight.insight.influence_table import describe_influence

    if by not in ("", "category"):
        raise BadInput(f"--by {by}", "influence cannot be told apart by that", "Use --by category, or leave it out.")
    chosen: Literal["", "category"] = "category" if by else ""
    with open_for_reading(shop) as opened, progress_bar() as progress:
        answer = opened.influence(kpi, chosen, progress=progress)
    written = write_report(answer, report) if report else []
    if json:
        print_document(describe_influence(answer))
    else:
        _show(answer)
        tell(*(f"written: {path}" for path in written))


def write_report(answer: Influence, folder: Path) -> list[Path]:
    """The answer as `influence-KPI.html`, `.svg`, `.csv` and `.json` in a folder, which is made where it is missing.

    Raises `BadInput` where nothing can be written.
    """
    from json import dumps

    from shopsight.insight.influence_drawing import draw_effects
    from shopsight.insight.influence_table import describe_influence, write_csv
    from shopsight.web.influence import report_of

    table = io.StringIO()
    write_csv(answer, table)
    texts = {
        "html": report_of(answer),
        "svg": draw_effects(answer),
        "csv": table.getvalue(),
        "json": dumps(describe_influence(answer), indent=2),
    }
    paths = {kind: folder / f"influence-{answer.kpi.name}.{kind}" for kind in texts}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, text in texts.items():
            paths[kind].write_text(text, "utf-8")
    except OSError as error:
        reason = f"it cannot be written ({error.strerror or error})"
        raise BadInput(str(folder), reason, "Name another folder.") from error
    return list(paths.values())


def _show(answer: Influence) -> None:
    from shopsight.insight.influence_table import NOT_PROVEN, summary

    tell(*summary(answer))
    _show_effects(answer, answer.effects, "")
    for kind, effects in answer.by_category.items():
        _show_effects(answer, effects, kind)
    if answer.left_out:
        tell(f"too little data by themselves: {', '.join(answer.left_out)}")
    tell(NOT_PROVEN)


def _show_effects(answer: Influence, effects: tuple[FactorEffect, ...], title: str) -> None:
    from shopsight.insight.influence_table import say_effect, say_p, spoken

    rows = [
        (spoken(one.name), say_effect(answer.kpi, one.effect), say_p(one.p_adjusted), "yes" if one.called else "")
        for one in effects[:SHOWN]
    ]
    show_table(("factor", ">one spread more (95 %)", ">by chance", "beyond chance"), rows, title)
    if len(effects) > SHOWN:
        tell(f"... and {len(effects) - SHOWN} more; --report DIR writes them all")
