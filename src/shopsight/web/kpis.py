"""The console's page of KPIs: each over time with its range and the rows behind it, and the same as files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from shopsight.charts import line_chart
from shopsight.errors import TooLittleData
from shopsight.insight.kpi_lines import LinePoint, kpi_line, write_lines
from shopsight.insight.readings import KpiReading, read_kpi
from shopsight.web.asking import clean_words
from shopsight.web.door import At, Door
from shopsight.web.guard import may_read
from shopsight.web.influence import drawn

pages = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)], default_response_class=HTMLResponse)
Days = Annotated[int, Query(ge=0, le=3660, description="Only the last days; 0 for all.")]
SPANS = ((28, "4 weeks"), (91, "3 months"), (365, "A year"), (0, "All"))
Line = tuple[KpiReading, Sequence[LinePoint]]


@pages.get("/console/kpis")
def show_kpis(request: Request, door: At, days: Days = 91) -> Response:
    """The merchandiser's page of KPIs."""
    return door.pages.show(request, "kpis.html", **told(lines_of(door, days), days))


@pages.get("/console/kpis/report")
def show_report(door: At, days: Days = 91) -> Response:
    """The same as one file that needs nothing else."""
    html = door.pages.fill("kpis_report.html", **told(lines_of(door, days), days))
    return HTMLResponse(html, headers={"Content-Disposition": 'attachment; filename="kpis.html"'})


@pages.get("/console/kpis.csv")
def show_table(door: At, days: Days = 91) -> Response:
    """Every KPI and day as a table."""
    text = io.StringIO()
    write_lines([(reading.kpi, points, reading.simulated) for reading, points in lines_of(door, days)], text)
    headers = {"Content-Disposition": 'attachment; filename="kpis.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@pages.get("/console/kpis/{name}.svg")
def show_drawing(door: At, name: str, days: Days = 91) -> Response:
    """One KPI's drawing."""
    name = clean_words(name[:60])
    span = door.shop.catalogue.known_days()
    if span is None:
        raise TooLittleData(name, "nothing is known yet", "Bring events in with `shopsight events import FILE`.")
    since = max(span[0], span[1] - timedelta(days=days - 1)) if days else span[0]
    reading = read_kpi(door.shop.catalogue, name, since, span[1])
    svg = draw_line(reading, kpi_line(door.shop.catalogue, reading.kpi, since, span[1]))
    headers = {"Content-Disposition": f'attachment; filename="{reading.kpi.name}.svg"'}
    return Response(svg, media_type="image/svg+xml", headers=headers)


def lines_of(door: Door, days: int) -> list[Line]:
    """Every KPI of which something is known, over the last days known."""
    readings = door.shop.kpis(days or None)
    return [(one, kpi_line(door.shop.catalogue, one.kpi, one.since, one.until)) for one in readings]


def told(lines: Sequence[Line], days: int) -> dict[str, Any]:
    """What page and report show."""
    shown = [
        {"reading": reading, "value": say(reading), "drawing": drawn(draw_line(reading, points))}
        for reading, points in lines
    ]
    return {"lines": shown, "days": days, "spans": SPANS, "simulated": any(line[0].simulated for line in lines)}


def say(reading: KpiReading) -> str:
    """The KPI over the whole time with its range."""
    one = reading.estimate
    if one is None:
        return "too little data"
    if reading.kpi.unit == "share":
        return f"{one.value:.2%} ({one.low:.2%} to {one.high:.2%})"
    return f"{one.value:,.2f} ({one.low:,.2f} to {one.high:,.2f}) {reading.kpi.unit}"


def draw_line(reading: KpiReading, points: Sequence[LinePoint]) -> str:
    """The SVG of a KPI over time, seven days to a point; a day that is missing is a gap."""
    known = {point.day: point.week for point in points if point.week}
    days = [reading.since + timedelta(days=n) for n in range((reading.until - reading.since).days + 1)]
    weeks = [known.get(day) for day in days]
    share = reading.kpi.unit == "share"
    return line_chart(
        {reading.kpi.title: (days, [week.value if week else None for week in weeks])},
        bands={reading.kpi.title: ([w.low if w else None for w in weeks], [w.high if w else None for w in weeks])},
        title=f"{reading.kpi.title}{' (simulated)' if reading.simulated else ''}",
        y_label="" if share else reading.kpi.unit,
        unit="share" if share else "",
        height_px=280,
    )
