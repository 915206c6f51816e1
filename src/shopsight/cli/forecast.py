"""`shopsight forecast`: what a KPI will be, with ranges, and what it would be with other pictures."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.options import Json, ShopFolder, open_for_reading
from shopsight.cli.speak import print_document, show_table, tell
from shopsight.errors import BadInput

if TYPE_CHECKING:
    from shopsight.insight.forecast import Forecast, WhatIf


def forecast(
    kpi: Annotated[str, typer.Option(help="Which KPI: traffic, click_through, conversion ...")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days ahead.")] = 28,
    sku: Annotated[str, typer.Option(help="Only this product. [default: the whole shop]")] = "",
    with_factors: Annotated[
        bool, typer.Option("--with-factors", help="Let the factors of the photos shown take part.")
    ] = False,
    what_if: Annotated[
        list[str] | None,
        typer.Option(help="Change a picture factor, such as brightness=+0.1; may be repeated.", show_default=False),
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the days as a CSV file.", show_default=False)] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the forecast into an SVG file.", show_default=False)] = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Forecast a KPI day by day, with 80 and 95 % ranges."""
    from shopsight.insight.forecast_report import csv_of, describe_forecast, describe_what_if, svg_of

    changes = dict(read_change(text) for text in what_if or ())
    with open_for_reading(shop) as opened:
        answer = opened.what_if(kpi, changes, days, sku=sku) if changes else None
        said = answer.after if answer else opened.forecast(kpi, days, sku=sku, with_factors=with_factors)
    if csv:
        _keep(csv, csv_of(said))
    if svg:
        _keep(svg, svg_of(said, answer.before if answer else None))
    if json:
        print_document(describe_what_if(answer) if answer else describe_forecast(said))
    else:
        _show(said, answer)


def read_change(text: str) -> tuple[str, float]:
    """A factor and by how much it changes.

    >>> read_change("brightness=+0.1")
    ('brightness', 0.1)
    """
    name, _, shift = text.partition("=")
    try:
        number = float(shift)
    except ValueError:
        number = math.nan
    if not name.strip() or not math.isfinite(number):
        raise BadInput(f"--what-if {text}", "it is no change", "Write it as --what-if brightness=+0.1.")
    return name.strip(), number


def _keep(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        reason = f"it cannot be written ({error.strerror or error})"
        raise BadInput(str(path), reason, "Name another file or folder.") from error


def _show(said: Forecast, answer: WhatIf | None) -> None:
    from shopsight.insight.forecast_report import PREDICTED

    rows = [
        (
            day.day.isoformat(),
            _say(day.estimate.value),
            f"{_say(day.low_80)} to {_say(day.high_80)}",
            f"{_say(day.estimate.low)} to {_say(day.estimate.high)}",
        )
        for day in said.days
    ]
    show_table(("=day", f">{said.unit}", ">80 %", ">95 %"), rows)
    known = sum(value is not None for _, value in said.past)
    tell(f"{PREDICTED} {known} days known, {said.gaps} missing.")
    tell(_compare(said))
    if said.factors:
        tell(f"picture factors: {', '.join(said.factors)}")
    if answer:
        one = answer.difference
        changes = ", ".join(f"{name} {shift:+g}" for name, shift in answer.changes.items())
        tell(f"with {changes}: {one.value:+.4g} a day (95 %: {one.low:+.4g} to {one.high:+.4g})")
    tell(*said.notes)


def _compare(said: Forecast) -> str:
    if not math.isfinite(said.error):
        return f"method: {said.method}, untried"
    return f"method: {said.method}; off by {_say(said.error)} a day so far, seasonal naive by {_say(said.naive_error)}"


def _say(value: float) -> str:
    """
    >>> _say(1234.5), _say(0.034567)
    ('1,234.5', '0.03457')
    """
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.4g}"
