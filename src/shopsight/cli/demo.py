"""`shopsight demo`: a shop to look at, in one command."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.documents import Document, describe_hit, describe_rejections
from shopsight.cli.options import EngineName, Json, open_for_writing
from shopsight.cli.serve import Host, Port, address_of, answer, listen
from shopsight.cli.speak import print_document, progress_bar, show_table, tell
from shopsight.errors import BadInput, BadSource

if TYPE_CHECKING:
    from shopsight.jobs.progress import Progress
    from shopsight.jobs.trial import Trial
    from shopsight.shop import Shop
    from shopsight.types import Rejection

DEMO_SHOPS = Path("demo-shop")
PORTS_TRIED = 20


def demo(
    photos: Annotated[
        str | None,
        typer.Option("--photos", help="Your own folder or feed instead of the drawn sample.", show_default=False),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Ask ten questions and stop instead of serving.")] = False,
    shop: Annotated[
        Path | None, typer.Option("--shop", help="Where to keep it. [default: inside ./demo-shop]", show_default=False)
    ] = None,
    host: Host = None,
    port: Port = None,
    engine: EngineName = None,
    json: Json = False,
) -> None:
    """Draw a sample shop (or take your own pictures), look at every photo, and open the page."""
    # A demo never touches the shop's real database, even where the environment names one.
    with open_for_writing(shop or home_of(photos), engine, host=host, port=port, database_url="") as opened:
        began = perf_counter()
        with progress_bar() as progress:
            rejected = _stock(opened, photos, progress)
            seconds = perf_counter() - began
            trial = _try(opened, progress) if once else None
        counts = dict(opened.counts())
        document: Document = {
            "products": counts["products"],
            "photos": counts["photos"],
            "seconds": round(seconds, 3),
            "shop": str(opened.folder),
            "engine": opened.engine.space,
            "rejected": describe_rejections(rejected),
        }
        if trial:
            document |= describe_trial(trial)
            print_document(document) if json else _show_trial(document, trial)
        else:
            _serve(opened, document, fixed_port=port is not None, json=json)


def home_of(photos: str | None) -> Path:
    """Each source has a demo shop of its own, so that one look does not mix with the next.

    >>> home_of(None).as_posix()
    'demo-shop/drawn'
    """
    if photos is None:
        return DEMO_SHOPS / "drawn"
    place = photos if "://" in photos else str(Path(photos).resolve())
    name = re.sub(r"[^a-z0-9]+", "-", Path(place).stem.lower()).strip("-") or "photos"
    return DEMO_SHOPS / f"{name[:40]}-{sha256(place.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def _stock(shop: Shop, photos: str | None, progress: Progress) -> list[Rejection]:
    """Fill the shop and let the engine look at every photo; gives back what was not taken."""
    from shopsight.jobs.importing import import_source
    from shopsight.jobs.indexing import index
    from shopsight.jobs.sample import stock_sample

    rejected: list[Rejection] = []
    if photos is None:
        stock_sample(shop, progress=progress)
    else:
        rejected.extend(import_source(shop, photos, progress=progress).rejected)
    rejected.extend(index(shop, progress=progress).failed)
    if not shop.counts()["products"]:
        why = f"{rejected[0].item}: {rejected[0].reason}" if rejected else "it holds no picture or product"
        raise BadSource(
            photos or "sample", f"nothing could be taken from it ({why})", "Give a folder of pictures or a feed."
        )
    return rejected


def _try(shop: Shop, progress: Progress) -> Trial:
    from shopsight.jobs.trial import try_shop

    return try_shop(shop, progress=progress)


def describe_trial(trial: Trial) -> Document:
    """`{queries: [{kind, expected, hits, verdict, ms}], recall_at_1}`."""
    queries = [
        {
            "kind": question.kind,
            "words": question.words,
            "expected": question.expected,
            "right": question.right,
            "verdict": question.answer.verdict,
            "ms": dict(question.answer.ms),
            "hits": [describe_hit(hit) for hit in question.answer.hits],
        }
        for question in trial.questions
    ]
    return {"queries": queries, "recall_at_1": round(trial.recall_at_1, 4)}


def _stocked(document: Document) -> str:
    line = f"{document['products']} products, {document['photos']} photos, ready in {document['seconds']:.1f} s"
    return line + (f"; {len(document['rejected'])} not taken" if document["rejected"] else "")


def _show_trial(document: Document, trial: Trial) -> None:
    tell(_stocked(document))
    rows = [
        (
            question.kind,
            question.words or question.expected,
            question.answer.hits[0].product.title if question.answer.hits else "-",
            "yes" if question.right else "no",
            question.answer.verdict,
            f"{question.answer.ms['total']:.0f}",
        )
        for question in trial.questions
    ]
    show_table(("question", "asked for", "first hit", "right", "verdict", ">ms"), rows)
    tell(f"first hit right: {trial.recall_at_1:.0%}")


def _serve(shop: Shop, document: Document, *, fixed_port: bool, json: bool) -> None:
    settings = shop.settings
    tried = 1 if fixed_port or settings.port == 0 else PORTS_TRIED
    for number in range(tried):
        try:
            door = listen(settings.host, settings.port + number)
            break
        except BadInput:
            # Something else may well run on the usual port; a demo takes the next one rather than give up.
            if number + 1 == tried:
                raise
    address = address_of(door)
    if json:
        print_document(document | {"url": address, "console": f"{address}console"})
    else:
        tell(_stocked(document), f"Open {address} and drop a picture on it; the shop's own side is {address}console")
        tell("Ctrl-C stops.")
    answer(shop, door)
