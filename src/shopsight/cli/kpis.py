"""`shopsight kpis`: the numbers the shop steers by, each with its range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.documents import Document
from shopsight.cli.options import Json, ShopFolder, open_for_reading
from shopsight.cli.speak import print_document, show_table, tell

if TYPE_CHECKING:
    from shopsight.insight.readings import KpiReading
    from shopsight.types import Estimate


def kpis(
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Only the last days. [default: all]", show_default=False)
    ] = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Every KPI of which something is known, with its 95 % range and the rows behind it."""
    with open_for_reading(shop) as opened:
        readings = opened.kpis(days)
    if json:
        print_document({"kpis": [describe_reading(reading) for reading in readings]})
    elif readings:
        show_table(("kpi", ">value", ">95 % range", "unit", ">rows", ">days", "kind"), [_row(r) for r in readings])
        first = readings[0]
        tell(f"{min(r.since for r in readings)} to {first.until} (UTC); estimated from logs: no proof of a cause")
        if any(reading.simulated for reading in readings):
            tell("SIMULATED: these numbers are made up")
    else:
        tell("nothing is known yet: bring events in with `shopsight events import FILE`")


def describe_reading(reading: KpiReading) -> Document:
    """`{kpi, numerator, denominator, unit, higher_is_better, estimate, counted, since, until, days, sources}`."""
    kpi, estimate = reading.kpi, reading.estimate
    return {
        "kpi": kpi.name,
        "numerator": kpi.numerator,
        "denominator": kpi.denominator,
        "unit": kpi.unit,
        "higher_is_better": kpi.higher_is_better,
        "counted": [reading.numerator, reading.denominator],
        "estimate": describe_estimate(estimate) if estimate else None,
        "since": reading.since.isoformat(),
        "until": reading.until.isoformat(),
        "days": reading.days,
        "sources": list(reading.sources),
        "simulated": reading.simulated,
    }


def describe_estimate(estimate: Estimate) -> Document:
    """`{value, low, high, rows, kind}`."""
    numbers = {name: round(getattr(estimate, name), 6) for name in ("value", "low", "high")}
    return {**numbers, "rows": estimate.rows, "kind": estimate.kind}


def _row(reading: KpiReading) -> tuple[str, ...]:
    kpi, found = reading.kpi, reading.estimate
    if found is None:
        return kpi.title, "too little data", "", kpi.unit, f"{reading.denominator:,.0f}", str(reading.days), ""
    if kpi.unit == "share":
        value, reach = f"{found.value:.2%}", f"{found.low:.2%} to {found.high:.2%}"
    else:
        value, reach = f"{found.value:,.2f}", f"{found.low:,.2f} to {found.high:,.2f}"
    kind = "simulated" if reading.simulated else found.kind
    return kpi.title, value, reach, kpi.unit, f"{found.rows:,}", str(reading.days), kind
