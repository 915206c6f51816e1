"""`shopsight suggestions`: what the engine suggests about products; accept it, correct it, dismiss it, undo that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from shopsight.cli.documents import Document
from shopsight.cli.options import EngineName, Json, ShopFolder, open_for_reading
from shopsight.cli.speak import print_document, progress_bar, show_table, tell
from shopsight.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shopsight.catalogue.store import Suggestion
    from shopsight.jobs.progress import Progress
    from shopsight.shop import Shop

app = typer.Typer(help="List, accept, correct and dismiss what the engine suggests.", no_args_is_help=True)

Numbers = Annotated[list[int], typer.Argument(help="Suggestions by their numbers.", min=1)]
State = Annotated[
    Literal["pending", "accepted", "corrected", "dismissed", "any"], typer.Option(help="Only those in this state.")
]
Kind = Annotated[
    Literal["category", "colour", "pattern", "any"], typer.Option(help="Only those about this.", show_default=False)
]


@app.command("make")
def make_suggestions(
    restate: Annotated[bool, typer.Option("--restate", help="Also where a product says something else.")] = False,
    engine: EngineName = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Suggest what products do not say, from what was seen in their photos."""
    with open_for_reading(shop, engine) as opened, progress_bar() as progress:
        suggest_all(opened, progress, json, restate=restate)


@app.command("list")
def list_suggestions(
    state: State = "pending",
    kind: Kind = "any",
    sku: Annotated[str, typer.Option(help="Only those of this product.")] = "",
    least: Annotated[float, typer.Option("--least", min=0, max=1, help="Only those with this score or more.")] = 0.0,
    offset: Annotated[int, typer.Option(min=0, help="Leave out so many.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Show so many.")] = 50,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Show suggestions, the surest first."""
    asked = ("" if state == "any" else state, "" if kind == "any" else kind, sku)
    with open_for_reading(shop) as opened:
        page = opened.catalogue.suggestions(*asked, least_score=least, offset=offset, limit=limit)
    if json:
        found = [describe_suggestion(suggestion) for suggestion in page.suggestions]
        print_document({"total": page.total, "states": page.states, "suggestions": found})
        return
    _show(page.suggestions)
    tell(", ".join(f"{count} {name}" for name, count in page.states.items()))


@app.command("accept")
def accept_suggestions(
    numbers: Annotated[list[int] | None, typer.Argument(help="Suggestions by their numbers.", min=1)] = None,
    least: Annotated[
        float | None,
        typer.Option("--least", min=0, max=1, help="All pending ones with this score or more.", show_default=False),
    ] = None,
    kind: Kind = "any",
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Write suggested values to their products."""
    if bool(numbers) == (least is not None):
        raise BadInput("accept", "it needs numbers, or --least", "Give one of the two; `suggestions list` shows them.")
    with open_for_reading(shop) as opened:
        chosen = numbers or _at_least(opened, least or 0.0, "" if kind == "any" else kind)
        _tell_decided(opened.catalogue.accept_suggestions(chosen), json)


@app.command("correct")
def correct_suggestion(
    number: Annotated[int, typer.Argument(help="The suggestion's number.", min=1)],
    value: Annotated[str, typer.Argument(help="What is right instead.")],
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Write what is right instead of what was suggested; such corrections are training data."""
    with open_for_reading(shop) as opened:
        _tell_decided([opened.catalogue.correct_suggestion(number, value)], json)


@app.command("dismiss")
def dismiss_suggestions(numbers: Numbers, shop: ShopFolder = None, json: Json = False) -> None:
    """Say that suggestions are wrong or unwanted."""
    with open_for_reading(shop) as opened:
        _tell_decided(opened.catalogue.dismiss_suggestions(numbers), json)


@app.command("undo")
def undo_suggestions(numbers: Numbers, shop: ShopFolder = None, json: Json = False) -> None:
    """Take decisions back: the products say again what they said before."""
    with open_for_reading(shop) as opened:
        _tell_decided(opened.catalogue.undo_suggestions(numbers), json)


def suggest_all(shop: Shop, progress: Progress, as_json: bool, restate: bool = False) -> None:
    """Look at what was not looked at yet, make suggestions, and tell how many."""
    from shopsight.jobs.indexing import index
    from shopsight.jobs.suggesting import suggest_all as make

    index(shop, progress=progress)
    report = make(shop, restate=restate, progress=progress)
    if as_json:
        from dataclasses import asdict

        print_document(asdict(report) | {"seconds": round(report.seconds, 3)})
        return
    tell(
        f"{report.products} products looked at in {report.seconds:.1f} s: {report.added} new suggestions, "
        f"{report.renewed} renewed, {report.decided} decided already",
        f"{report.unknown} products show nothing that the engine knows, {report.unseen} have no photo",
        "see them with: shopsight suggestions list",
    )


def describe_suggestion(suggestion: Suggestion) -> Document:
    """`{id, sku, photo, kind, value, score, engine, state, corrected, made_at, decided_at}`."""
    return {
        "id": suggestion.id,
        "sku": suggestion.sku,
        "photo": suggestion.photo,
        "kind": suggestion.kind,
        "value": suggestion.value,
        "score": round(suggestion.score, 4),
        "engine": suggestion.engine,
        "state": suggestion.state,
        "corrected": suggestion.corrected,
        "made_at": suggestion.made_at.isoformat(),
        "decided_at": suggestion.decided_at.isoformat() if suggestion.decided_at else None,
    }


def _at_least(shop: Shop, least: float, kind: str) -> list[int]:
    page = shop.catalogue.suggestions("pending", kind, least_score=least, limit=1_000_000)
    return [suggestion.id for suggestion in page.suggestions]


def _tell_decided(decided: Sequence[Suggestion], as_json: bool) -> None:
    if as_json:
        print_document({"suggestions": [describe_suggestion(suggestion) for suggestion in decided]})
    else:
        _show(decided)


def _show(suggestions: Sequence[Suggestion]) -> None:
    columns = (">number", "sku", "=about", "suggested", ">score", "=state", "instead")
    rows = [(str(s.id), s.sku, s.kind, s.value, f"{s.score:.0%}", s.state, s.corrected) for s in suggestions]
    show_table(columns, rows)
