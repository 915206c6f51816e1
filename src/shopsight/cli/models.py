"""`shopsight models`: the engines, where their weights come from, and on which terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.documents import Document
from shopsight.cli.options import Json
from shopsight.cli.speak import print_document, progress_bar, show_table, tell
from shopsight.errors import Damaged, ShopsightError

if TYPE_CHECKING:
    from shopsight.engines import Record
    from shopsight.engines.store import FileCheck

app = typer.Typer(help="List, pull and verify the engines and their weights.", no_args_is_help=True)

OneEngine = Annotated[str, typer.Argument(help="An engine from `shopsight models list`.")]
AnyEngine = Annotated[str | None, typer.Argument(help="One engine; without it, all.", show_default=False)]


@app.command("list")
def list_models(json: Json = False) -> None:
    """Show every engine: what it does, on which terms, and whether its weights are here."""
    from shopsight.engines.store import records

    listed = [describe_record(record) for record in records()]
    if json:
        print_document({"models": listed})
        return
    columns = ("=engine", "what it is", "weights", "their licence")
    show_table(columns, [_row(model) for model in listed])


def describe_record(record: Record) -> Document:
    """What a record says, and whether its weights are on this machine."""
    from shopsight.engines.store import is_here

    problem = ""
    try:
        files = [{"name": f.name, "sha256": f.sha256, "bytes": f.size_bytes} for f in record.files]
        state, licences, figures = "here" if is_here(record.name) else "not here", record.licences, record.figures
    except ShopsightError as error:
        # One damaged card must not hide the other engines.
        files, state, licences, figures = [], "damaged", record.stated_licences, record.stated_figures
        problem = str(error)
    return {
        "name": record.name,
        "ability": record.ability,
        "summary": record.summary,
        "weights": state if record.source else "none needed",
        "problem": problem,
        "bytes": sum(int(str(f["bytes"])) for f in files),
        "files": files,
        "licences": dict(licences),
        "commercial": record.commercial,
        "extra": record.extra,
        "source": record.source,
        "url": record.url,
        "figures": dict(figures),
    }


def _row(model: Document) -> tuple[str, ...]:
    terms = model["licences"].get("weights", "")
    size = f", {model['bytes'] / 1e6:.1f} MB" if model["bytes"] else ""
    needs = f" (extra: {model['extra']})" if model["extra"] else ""
    refused = "" if model["commercial"] else ", not commercial"
    return model["name"], model["summary"] + needs, model["weights"] + size, terms + refused


@app.command("pull")
def pull_model(
    name: OneEngine,
    accept_licence: Annotated[
        str, typer.Option("--accept-licence", help="The engine's name again, where its weights are not commercial.")
    ] = "",
    json: Json = False,
) -> None:
    """Fetch an engine's weights. Nothing else ever does."""
    from shopsight.engines.store import pull

    with progress_bar() as progress:
        folder = pull(name, accept_licence=accept_licence, progress=progress)
    if json:
        print_document({"name": name, "folder": str(folder) if folder else None})
    else:
        tell(f"{name}: in {folder}" if folder else f"{name} needs no weights")


@app.command("verify")
def verify_models(name: AnyEngine = None, json: Json = False) -> None:
    """Hash the weights that are here and hold them to their records."""
    from shopsight.engines.store import is_here, records, verify

    names = [name] if name else [record.name for record in records() if record.source and is_here(record.name)]
    checked = [(each, check) for each in names for check in verify(each)]
    if json:
        print_document({"files": [_describe_check(each, check) for each, check in checked]})
    else:
        rows = [(each, check.name, check.state, f"{check.size_bytes / 1e6:.1f} MB") for each, check in checked]
        show_table(("engine", "file", "state", ">size"), rows) if rows else tell("no weights to verify")
    bad = [f"{each}/{check.name} is {check.state}" for each, check in checked if check.state in ("changed", "missing")]
    if bad:
        raise Damaged("weights", ", ".join(bad), "Run `shopsight models pull NAME`, or install the package again.")


def _describe_check(engine: str, check: FileCheck) -> Document:
    return {
        "engine": engine,
        "file": check.name,
        "path": str(check.path),
        "state": check.state,
        "bytes": check.size_bytes,
    }
