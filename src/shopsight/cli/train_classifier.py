"""`shopsight train classifier`: an engine of the shop's own, from its photos and what it says about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from shopsight.cli.documents import Document
from shopsight.cli.options import EngineName, Json, ShopFolder, open_for_reading
from shopsight.cli.speak import plain, print_document, progress_bar, show_table, tell

if TYPE_CHECKING:
    from shopsight.jobs.learning import Training

MOST_CONFUSIONS = 8
MOST_TRIALS_SHOWN = 10


def train_classifier(
    label: Annotated[str, typer.Option(help="What to learn: category, or attribute:NAME.")] = "category",
    name: Annotated[str, typer.Option(help="The engine's name. [default: from the label]", show_default=False)] = "",
    method: Annotated[
        Literal["linear", "fine-tune"], typer.Option(help="A head in seconds, or the net's last layers in minutes.")
    ] = "linear",
    trials: Annotated[int, typer.Option(min=0, max=500, help="Recipes to try with Optuna; 0: the usual one.")] = 0,
    apart: Annotated[
        str,
        typer.Option(
            help="An attribute, such as photographer: products that share its value are examined together.",
            show_default=False,
        ),
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of the folds and of the search.")] = 0,
    engine: EngineName = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Train a classifier on the shop's own photos; it serves at once as `recognise --labels NAME`."""
    from shopsight.jobs.learning import train_classifier as train

    with open_for_reading(shop, engine) as opened, progress_bar() as progress:
        trained = train(
            opened, label, name=name, method=method, trials=trials, apart=apart, seed=seed, progress=progress
        )
    document = describe_training(trained)
    print_document(document) if json else _show(document)


def list_trained(shop: ShopFolder = None, json: Json = False) -> None:
    """List the engines that this shop trained."""
    from shopsight.jobs.learning import trained_engines

    with open_for_reading(shop) as opened:
        cards = trained_engines(opened)
    if json:
        print_document({"engines": cards})
    elif cards:
        show_table(("=engine", "what it is", ">accuracy (95 %)", "made"), [_listed(card) for card in cards])
    else:
        tell("none yet; train one: shopsight train classifier --label category")


def describe_training(trained: Training) -> Document:
    """The engine's card, and how long the training took."""
    return {**trained.card, "seconds": round(trained.seconds, 3)}


def _show(card: Document) -> None:
    figures, data = card["figures"], card["data"]
    what = plain(card["label"].removeprefix("attribute:"))
    tell(
        f"{card['name']}: tells {what}, {len(card['labels'])} labels, "
        f"from {data['photos']} photos of {data['products']} products, in {card['seconds']:.1f} s"
    )
    show_table(
        ("label", ">precision", ">recall", ">photos", ">groups"),
        [
            (row["label"], _share(row["precision"]), _share(row["recall"]), str(row["support"]), str(row["groups"]))
            for row in figures["classes"]
        ],
    )
    tell(
        f"accuracy {_ranged(figures['accuracy'])} on photos it never learnt from; "
        f"always saying the commonest: {_ranged(figures['baseline'])}"
    )
    tell(f"its certainty is off by {figures['calibration_error']:.1%} on average ({card['examined']})")
    if not figures["beats_baseline"]:
        tell("That is not surely better than always saying the commonest: do not rely on it yet.")
    _show_confusions(card)
    _show_trials(card.get("trials", []))
    if data["left_out"]:
        tell("left out, too few products: " + ", ".join(f"{plain(k)} ({n})" for k, n in data["left_out"].items()))
    tell(f"Use it: shopsight recognise PHOTO --labels {card['name']}")


def _show_confusions(card: Document) -> None:
    """The commonest mistakes; the whole table is on the card."""
    labels, confusion = card["labels"], card["figures"]["confusion"]
    wrong = [(n, i, j) for i, row in enumerate(confusion) for j, n in enumerate(row) if n and i != j]
    worst = sorted(wrong, key=lambda item: -item[0])[:MOST_CONFUSIONS]
    if worst:
        show_table(("is", "was called", ">photos"), [(labels[i], labels[j], str(n)) for n, i, j in worst])


def _show_trials(trials: list[dict[str, Any]]) -> None:
    if not trials:
        return
    order = sorted(range(len(trials)), key=lambda number: trials[number]["surprise"])[:MOST_TRIALS_SHOWN]
    rows = [
        (
            str(number + 1),
            f"{trials[number]['strength']:.3g}",
            "yes" if trials[number]["balanced"] else "no",
            f"{trials[number]['surprise']:.4f}",
            f"{trials[number]['accuracy']:.1%}",
        )
        for number in order
    ]
    title = f"best of {len(trials)} trials; the first is the usual recipe"
    show_table((">trial", ">strength", "balanced", ">surprise", ">accuracy"), rows, title)


def _listed(card: dict[str, Any]) -> tuple[str, ...]:
    if card["problem"]:
        return card["name"], card["problem"], "", ""
    return card["name"], card["summary"], _ranged(card["figures"]["accuracy"]), card["made"]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _ranged(estimate: dict[str, Any]) -> str:
    return f"{estimate['value']:.1%} ({estimate['low']:.1%} to {estimate['high']:.1%})"
