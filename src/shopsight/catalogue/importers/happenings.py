"""Events and daily KPI tables from CSV files, one row each, with columns guessed, shown and overridable.

A table of events has a row per thing that happened. A daily table has a row per day (and product, photo or variant):
either long, with the columns `kpi`, `numerator` and `denominator`, or wide, with a column for each count, such as
impressions, clicks, views, purchases and revenue; then every KPI is made whose columns are there.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from shopsight.catalogue.importers.mapping import Columns
from shopsight.catalogue.importers.origin import Origin
from shopsight.catalogue.importers.price import read_price
from shopsight.catalogue.importers.rows import Row, Table, read_table
from shopsight.catalogue.importers.times import DayOrder, guess_order, read_day, read_time
from shopsight.catalogue.kpi_days import DailyRow, check_row
from shopsight.errors import BadInput, BadSource
from shopsight.kpis import EVENT_KINDS, KPIS, event_kind
from shopsight.types import Event, Kpi, Rejection

# What logs call each field, best first; compared in lower case without anything but letters and digits.
THINGS = {
    "sku": "sku itemid productid productsku product item articlenumber artikelnummer variantsku gtin ean handle",
    "photo": "photo photoid image imageid picture",
    "variant": "variant variantid arm experiment",
}
EVENT_NAMES = {
    "at": "at time timestamp eventtime datetime occurredat createdat eventtimestamp date ts zeit zeitpunkt datum",
    "kind": "kind event eventname eventtype type action activity ereignis",
    "id": "id eventid uuid messageid hitid",
    **THINGS,
    "campaign": "campaign campaignid utmcampaign mailing newsletter",
    "visitor": "visitor visitorid userid user clientid sessionid session customerid customer uid",
    "amount": "amount value revenue price total position rank betrag preis umsatz",
    "zone": "zone timezone tz zeitzone",
    "agent": "agent useragent browser ua",
}
DAILY_NAMES = {
    "day": "day date datum tag ts time",
    **THINGS,
    "kpi": "kpi metric measure kennzahl",
    "numerator": "numerator count counts zaehler zähler value hits",
    "denominator": "denominator outof base trials nenner n",
}
REVENUE = ("revenue", "amount", "sales_amount", "turnover", "umsatz")
Taken = tuple[str, Event] | Rejection


@dataclass(frozen=True)
class EventTable:
    """An opened file: `mapping` is field -> column as understood, `total` the most rows there can be."""

    table: Table
    columns: Columns
    zone: str
    order: DayOrder
    total: int

    @property
    def mapping(self) -> Mapping[str, str]:
        return self.columns.mapping

    def events(self) -> Iterator[Taken]:
        """Each row as an event with its id, or why it is none. A row without an id gets one from what it says and how
        often the file said it before: the same file brought in again adds nothing."""
        seen: Counter[str] = Counter()
        for line, row in self.table.rows():
            if isinstance(row, Rejection):
                yield row
                continue
            facts = self.columns.facts(row)
            try:
                event = self._event(facts)
            except BadInput as why:
                yield Rejection(f"row {line}", why.message, why.cure)
                continue
            yield facts.get("id") or self._id_of(event, seen), event

    def _event(self, facts: Mapping[str, str]) -> Event:
        said = facts.get("kind", "")
        kind = event_kind(said)
        if kind is None:
            known = ", ".join(EVENT_KINDS)
            raise BadInput(said[:40] or "kind", "this is no kind of event", f"Use one of {known}")
        at = read_time(facts.get("at", ""), facts.get("zone") or self.zone, self.order)
        amount = read_number(facts.get("amount", "")) if kind.amount else 0.0
        texts = {name: facts.get(name, "") for name in (*THINGS, "campaign", "visitor", "agent")}
        return Event(at, kind.name, amount=amount, **texts)

    @staticmethod
    def _id_of(event: Event, seen: Counter[str]) -> str:
        text = "\x1f".join(str(part) for part in (event.at.isoformat(), event.kind, event.sku, event.photo,
                           event.variant, event.campaign, event.visitor, event.amount))  # fmt: skip
        seen[text] += 1
        return "row-" + hashlib.sha256(f"{text}\x1f{seen[text]}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True)
class DailyTable:
    """An opened daily table; `counts` are event kinds (or "revenue") and their columns where it is wide."""

    table: Table
    columns: Columns
    counts: Mapping[str, str]
    order: DayOrder
    total: int

    @property
    def mapping(self) -> Mapping[str, str]:
        return {**self.columns.mapping, **self.counts}

    def rows(self) -> Iterator[DailyRow | Rejection]:
        """The KPIs of each row, or why it has none."""
        for line, row in self.table.rows():
            if isinstance(row, Rejection):
                yield row
                continue
            try:
                found = self._long(row) if "kpi" in self.columns.mapping else self._wide(row)
                for one in found:
                    check_row(one)
                yield from found
            except BadInput as why:
                yield Rejection(f"row {line}", why.message, why.cure)

    def _named(self, row: Row) -> tuple[date, dict[str, str]]:
        facts = self.columns.facts(row)
        return read_day(facts.get("day", ""), self.order), {name: facts.get(name, "") for name in THINGS}

    def _long(self, row: Row) -> list[DailyRow]:
        (day, thing), facts = self._named(row), self.columns.facts(row)
        name = re.sub(r"[^a-z]+", "_", facts.get("kpi", "").strip().lower()).strip("_")
        below = read_number(facts.get("denominator", "")) if facts.get("denominator") else 1.0
        if name in KPIS and KPIS[name].out_of and not facts.get("denominator"):
            raise BadInput(name, f"it is out of {KPIS[name].denominator}, and none are given", "Fill the denominator")
        return [DailyRow(day, name, read_number(facts.get("numerator", "")), below, **thing)]

    def _wide(self, row: Row) -> list[DailyRow]:
        day, thing = self._named(row)
        said = {kind: read_number(row[column]) for kind, column in self.counts.items() if row[column].strip()}
        found = [(kpi, _above(kpi, said), _below(kpi, said)) for kpi in KPIS.values()]
        return [DailyRow(day, k.name, a, b, **thing) for k, a, b in found if a is not None and b is not None]


def open_events(origin: Origin, mapping: Mapping[str, str], zone: str = "") -> EventTable:
    """Reads the header and guesses its columns. Raises `BadSource` where no time or no kind of event is found."""
    table = read_table(origin)
    columns = _understand(table, mapping, EVENT_NAMES, ("at", "kind"), origin.name)
    return EventTable(table, columns, zone, _order(table, columns, "at"), table.lines())


def open_daily(origin: Origin, mapping: Mapping[str, str]) -> DailyTable:
    """The same for a daily table. Raises `BadSource` where no day or no counts are found."""
    table = read_table(origin)
    kinds = {name: column for name, column in mapping.items() if name in EVENT_KINDS or name == "revenue"}
    others = {name: column for name, column in mapping.items() if name not in kinds}
    columns = _understand(table, others, DAILY_NAMES, ("day",), origin.name)
    if "kpi" in columns.mapping:
        return DailyTable(table, columns, {}, _order(table, columns, "day"), table.lines())
    left = [header for header in table.headers if header not in columns.mapping.values()]
    counts = {kind: header for header in reversed(left) if (kind := _counted(header))} | kinds
    fields = {name: column for name, column in columns.mapping.items() if name in ("day", *THINGS)}
    if not any(_above(kpi, counts) is not None and _below(kpi, counts) is not None for kpi in KPIS.values()):
        cure = "Name them, for example --map impression=Impr. --map click=Clicks"
        raise BadSource(origin.name, f"no KPI can be made of the columns {', '.join(table.headers)[:200]}", cure)
    return DailyTable(table, replace(columns, mapping=fields), counts, _order(table, columns, "day"), table.lines())


def read_number(text: str) -> float:
    """A count or an amount: 1299, 1.299,00 EUR, 12.5. Raises `BadInput`."""
    said = text.strip()
    try:
        return float(said)
    except ValueError:
        amount, _ = read_price(said)
        if amount is None:
            raise BadInput(said[:40] or "amount", "this is no number", "Write it as 1299.00") from None
        return float(amount)


def _above(kpi: Kpi, said: Mapping[str, object]) -> float | None:
    """The KPI's numerator from the counts of a row, or none (of columns: 0 where they are there)."""
    names = ("revenue",) if kpi.name == "revenue_per_view" else kpi.counts
    if kpi.name == "search_position" or not all(name in said for name in names):
        return None
    return sum(value if isinstance(value, float) else 0.0 for value in (said[name] for name in names))


def _below(kpi: Kpi, said: Mapping[str, object]) -> float | None:
    if not all(name in said for name in kpi.out_of):
        return None
    counted = (said[name] for name in kpi.out_of)
    return sum(value if isinstance(value, float) else 0.0 for value in counted) if kpi.out_of else 1.0


def _counted(header: str) -> str:
    """What a column of a wide table counts, or nothing."""
    word = re.sub(r"[^a-z]+", "_", header.strip().lower()).strip("_")
    if word in REVENUE:
        return "revenue"
    kind = event_kind(header)
    return kind.name if kind else ""


def _understand(
    table: Table, mapping: Mapping[str, str], names: Mapping[str, str], needed: tuple[str, ...], source: str
) -> Columns:
    """Guesses field -> column from the headers; `mapping` overrides it."""
    plain = {re.sub(r"[\W_]+", "", header.lower()): header for header in reversed(table.headers)}
    guessed = {
        field: plain[name]
        for field, said in names.items()
        if (name := next((one for one in said.split() if one in plain), ""))
    }
    for field, rule in mapping.items():
        if field not in names:
            raise BadInput(f"field {field[:40]}", "there is none of that name", f"Use one of {', '.join(names)}")
        guessed = {other: column for other, column in guessed.items() if column != rule}
        parts = [part.strip() for part in rule.split("|")]
        if not rule.startswith("=") and not any(part in table.headers or "{" in part for part in parts):
            raise BadSource(
                source, f"it has no column '{rule[:60]}'", f"Its columns are {', '.join(table.headers)[:200]}"
            )
        guessed[field] = rule
    for field in needed:
        if field not in guessed:
            cure = f'Say which column it is: --map "{field}=COLUMN"; there are {", ".join(table.headers)[:200]}'
            raise BadSource(source, f"no column for {field} was found", cure)
    return Columns(table.headers, guessed)


def _order(table: Table, columns: Columns, field: str) -> DayOrder:
    return guess_order(columns.facts(row).get(field, "") for row in table.samples(1000))
