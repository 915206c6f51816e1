"""Trains a classifier on the shop's own photos and what the shop says about them: an engine by name in seconds.

The photos of one product are never on both sides of an examination, nor are products that share a photo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from shopsight.errors import BadInput, TooLittleData
from shopsight.jobs.progress import Progress, silent
from shopsight.types import Matrix, Product

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue
    from shopsight.engines.learn.crossing import Learnt
    from shopsight.engines.learn.examining import Examination
    from shopsight.shop import Shop

Method = Literal["linear", "fine-tune"]
FOLDS = 5
FEWEST_PRODUCTS = 5
"""A class needs as many products as there are folds, so that each fold can examine it."""
MOST_PHOTOS: Mapping[Method, int] = {"linear": 40_000, "fine-tune": 10_000}
"""Of a shop with more photos so many are drawn by lot: more gain next to nothing, or do not fit into the memory."""
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Material:
    """What is learnt from: N photos with their true class, C labels in all.

    `groups` `(N,)` number what belongs together; `left_out` tells labels with too few products, with how many;
    `corrected` counts photos whose label a person confirmed or corrected in the console.
    """

    label: str
    labels: tuple[str, ...]
    photos: tuple[str, ...]
    classes: Numbers
    groups: Numbers
    rows: Numbers
    products: int
    left_out: Mapping[str, int]
    unlabelled: int
    corrected: int


@dataclass(frozen=True, slots=True)
class Training:
    """What a training gave: an engine's name, its card as written, and how it did on photos it never learnt from."""

    name: str
    card: Mapping[str, Any]
    examination: Examination
    seconds: float


def train_classifier(
    shop: Shop,
    label: str = "category",
    *,
    name: str = "",
    method: Method = "linear",
    trials: int = 0,
    apart: str = "",
    seed: int = 0,
    progress: Progress = silent,
) -> Training:
    """Train an engine that tells the shop's categories, or values of an attribute (`attribute:NAME`), from photos.

    `method` "linear" fits a calibrated head to the vectors that the index holds; "fine-tune" goes on training the last
    layers of the net as well (extra `train`). `trials` searches for a better recipe with Optuna. `apart` names an
    attribute (a photographer, a sender): products that share its value are examined together. The engine is written to
    `engines/NAME` in the shop's folder and serves at once as `--labels NAME`.

    Raises `TooLittleData` when fewer than two classes have enough products, `BadInput`, `MissingExtra`, `NoRoom`.
    """
    from shopsight.engines.learn.keeping import keep_engine

    began = perf_counter()
    name = check_wish(label, name, method)
    material, vectors = gather(shop, label, apart=apart, most=MOST_PHOTOS[method], seed=seed, progress=progress)
    made = _train_linear if method == "linear" else _train_net
    weights, facts, examination = made(shop, material, vectors, trials, seed, progress)
    card = _card(shop, name, material, method, apart, trials, seed, examination) | facts
    written = keep_engine(shop.folder / "engines" / name, _FILES[method], weights, card)
    return Training(name, written, examination, perf_counter() - began)


def check_wish(label: str, name: str, method: str) -> str:
    """The name under which it will serve. Raises `BadInput` for what could never be trained."""
    from shopsight.engines import KNOWN
    from shopsight.engines.learn.keeping import check_name, name_from

    label_reader(label)
    if method not in ("linear", "fine-tune"):
        raise BadInput(f"method {method[:40]!r}", "there is no such method", "Use linear or fine-tune.")
    name = check_name(name or name_from(label))
    if name in KNOWN or name == "garments":
        raise BadInput(f"name {name}", "an engine that comes with the package has this name", "Choose another --name.")
    return name


_FILES: Mapping[Method, str] = {"linear": "head.npz", "fine-tune": "net.onnx"}


def gather(
    shop: Shop,
    label: str,
    *,
    apart: str = "",
    most: int = MOST_PHOTOS["linear"],
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[Material, Matrix]:
    """The labelled photos of the catalogue and their `(N, D)` vectors; photos not looked at yet are looked at first.

    Raises `TooLittleData`, saying of which class how much is missing.
    """
    from shopsight.engines.learn.splitting import join_groups
    from shopsight.jobs.indexing import index

    read = label_reader(label)
    index(shop, progress=progress)
    shelf = shop.catalogue.shelf(shop.engine.space)
    rows = np.flatnonzero(shelf.rows_sku >= 0)
    skus = [shelf.skus[place] for place in shelf.rows_sku[rows]]
    products = shop.catalogue.products(list(dict.fromkeys(skus)))
    truths = _corrections(shop.catalogue, label)
    texts = [truths.get(sku) or read(products[sku]) for sku in skus]
    photos = [shelf.photo_ids[int(row)] for row in rows]
    ties = [skus, photos] + ([[_attribute(products[sku], apart) for sku in skus]] if apart else [])
    groups = join_groups(*ties) if skus else np.zeros(0, np.int64)
    names = _spellings(texts)
    enough, left_out = _classes_with_enough([names.get(_key(text), "") for text in texts], skus, groups)
    _check_enough(label, enough, left_out, apart)
    place = {_key(name): number for number, name in enumerate(enough)}
    kept = np.array([number for number, text in enumerate(texts) if _key(text) in place], np.int64)
    if len(kept) > most:
        kept = np.sort(np.random.default_rng(seed).permutation(kept)[:most])
    material = Material(
        label,
        tuple(enough),
        tuple(photos[i] for i in kept),
        np.array([place[_key(texts[i])] for i in kept], np.int64),
        groups[kept],
        rows[kept],
        len({skus[i] for i in kept}),
        left_out,
        unlabelled=sum(not text for text in texts),
        corrected=sum(skus[i] in truths for i in kept),
    )
    return material, np.asarray(shelf.matrix[material.rows], np.float32)


def label_reader(label: str) -> Any:
    """How a product's label is read: its category, or an attribute's value. Raises `BadInput` for anything else."""
    kind, _, attribute = label.partition(":")
    if kind == "category" and not attribute:
        return lambda product: product.category.strip()
    if kind == "attribute" and attribute.strip():
        return lambda product: _attribute(product, attribute)
    cure = "Say --label category, or --label attribute:NAME such as attribute:fit."
    raise BadInput(f"label {label[:60]!r}", "there is nothing to learn by this name", cure)


def _attribute(product: Product, name: str) -> str:
    wanted = _key(name)
    return next((value.strip() for key, value in product.attributes.items() if _key(key) == wanted), "")


def _key(text: str) -> str:
    """Labels are the same whatever their case and blanks."""
    return " ".join(text.casefold().split())


def _spellings(texts: Sequence[str]) -> dict[str, str]:
    """How each label is written, by its key: the commonest spelling."""
    return {_key(text): text for text, _ in reversed(Counter(filter(None, texts)).most_common())}


def _corrections(catalogue: Catalogue, label: str) -> dict[str, str]:
    """What people accepted or corrected in the console, by SKU; the newest word counts."""
    kind = label.partition(":")[2].strip().casefold() or "category"
    return {each.sku: each.truth for each in catalogue.corrections() if each.kind == kind and each.truth}


def _classes_with_enough(
    texts: Sequence[str], skus: Sequence[str], groups: Numbers
) -> tuple[list[str], dict[str, int]]:
    """Labels with enough groups, sorted, and the others with how many products they have."""
    seen: dict[str, set[int]] = {}
    sold: dict[str, set[str]] = {}
    for text, sku, group in zip(texts, skus, groups, strict=True):
        if text:
            seen.setdefault(text, set()).add(int(group))
            sold.setdefault(text, set()).add(sku)
    enough = sorted(text for text in seen if len(seen[text]) >= FEWEST_PRODUCTS)
    return enough, {text: len(sold[text]) for text in sorted(seen) if len(seen[text]) < FEWEST_PRODUCTS}


def _check_enough(label: str, enough: Sequence[str], left_out: Mapping[str, int], apart: str) -> None:
    if len(enough) >= 2:
        return
    nearest = sorted(left_out.items(), key=lambda item: -item[1])[:3]
    missing = ", ".join(f"{text} has {count}" for text, count in nearest)
    each = f"{FEWEST_PRODUCTS} products with photos" + (f" of {FEWEST_PRODUCTS} different {apart}" if apart else "")
    raise TooLittleData(
        f"label {label}",
        f"{len(enough)} of its values have {each}, and two are needed" + (f" ({missing})" if missing else ""),
        "Import more products that say it, or accept suggestions in the console.",
    )


def _train_linear(
    shop: Shop, material: Material, vectors: Matrix, trials: int, seed: int, progress: Progress
) -> tuple[bytes, dict[str, Any], Examination]:
    from shopsight.engines.learn.crossing import Lesson, learn, try_recipe
    from shopsight.engines.learn.examining import examine
    from shopsight.engines.learn.keeping import pack_head
    from shopsight.engines.learn.linear import Recipe
    from shopsight.engines.learn.searching import search_recipe
    from shopsight.engines.learn.splitting import deal_out

    fold = deal_out(material.classes, material.groups, FOLDS, seed)
    lesson = Lesson(vectors, material.classes, fold, len(material.labels))
    if trials:
        tried = search_recipe(lesson, trials, lambda done, total: progress("trying", done, total), seed)
    else:
        progress("learning", 0, 1)
        tried = [try_recipe(lesson, Recipe())]
        progress("learning", 1, 1)
    learnt = learn(lesson, tried)
    examination = examine(material.labels, material.classes, learnt.chances, material.groups)
    space = {"engine": shop.settings.engine, "space": shop.engine.space, "dim": shop.engine.dim}
    facts = {
        "embedding": space | {"label": material.label},
        "recipe": learnt.recipe.describe(),
        "trials": _describe_trials(learnt) if trials else [],
        "examined": f"{FOLDS} folds of whole groups: each photo by a head that never saw its group",
    }
    return pack_head(learnt.head), facts, examination


def _describe_trials(learnt: Learnt) -> list[dict[str, Any]]:
    return [
        {**trial.recipe.describe(), "surprise": round(trial.surprise, 4), "accuracy": round(trial.accuracy, 4)}
        for trial in learnt.trials
    ]


def _train_net(
    shop: Shop, material: Material, vectors: Matrix, trials: int, seed: int, progress: Progress
) -> tuple[bytes, dict[str, Any], Examination]:
    """One fold examines, one chooses when to stop and how warm to answer, the others teach."""
    from shopsight.engines.learn.examining import examine
    from shopsight.engines.learn.linear import fit_temperature, soften
    from shopsight.engines.learn.splitting import deal_out

    if trials:
        raise BadInput("--trials", "searching is for the method linear", "Leave out --trials, or --method fine-tune.")
    tuning = _tuning()
    fold = deal_out(material.classes, material.groups, FOLDS, seed)
    trunk = tuning.Trunk(shop.settings.threads)
    maps = _look_twice(shop, trunk, material, progress)
    tuned = tuning.fine_tune(
        trunk, maps, material.classes, fold, len(material.labels), lambda n, all_: progress("learning", n, all_), seed
    )
    held = np.flatnonzero(fold < 2)
    last, chosen = fold[held] == 0, fold[held] == 1
    warmth = fit_temperature(tuned.logits[chosen], material.classes[held[chosen]])
    rows = held[last]
    chances = soften(tuned.logits[last], warmth)
    commonest = int(np.bincount(material.classes[fold > 1]).argmax())
    examination = examine(material.labels, material.classes[rows], chances, material.groups[rows], commonest)
    facts = {
        "side_px": trunk.side_px,
        "temperature": warmth,
        "trunk": tuning.TRUNK,
        "history": [{name: round(value, 4) for name, value in row.items()} for row in tuned.history],
        "examined": f"one of {FOLDS} folds of whole groups, of which the net saw nothing",
    }
    return tuned.model, facts, examination


def _tuning() -> Any:
    from shopsight.errors import MissingExtra

    try:
        from shopsight.engines.learn import fine_tuning
    except ModuleNotFoundError as missing:
        cure = 'Run: pip install "shopsight[train]", or leave out --method fine-tune.'
        raise MissingExtra("fine-tune", f"it needs {missing.name}, which is not installed", cure) from missing
    return fine_tuning


def _look_twice(shop: Shop, trunk: Any, material: Material, progress: Progress) -> NDArray[np.float16]:
    """`(2, N, C, h, w) float16`: what the frozen layers make of each photo and of its mirror image."""
    from shopsight.images.decode import decode

    looks: list[tuple[NDArray[np.float16], NDArray[np.float16]]] = []
    for done, photo in enumerate(material.photos, 1):
        pixels = decode(shop.catalogue.photo_bytes(photo), name=photo[:12], side_px=trunk.side_px * 2)
        plain, mirrored = trunk.look([pixels, np.ascontiguousarray(pixels[:, ::-1])])
        looks.append((plain, mirrored))
        progress("looking", done, len(material.photos))
    return np.stack([np.stack([look[side] for look in looks]) for side in (0, 1)])


def _card(
    shop: Shop,
    name: str,
    material: Material,
    method: Method,
    apart: str,
    trials: int,
    seed: int,
    examination: Examination,
) -> dict[str, Any]:
    from shopsight import __version__

    options = f" --name {name}" + (f" --method {method}" if method != "linear" else "")
    options += (f" --trials {trials}" if trials else "") + (f" --apart {_quoted(apart)}" if apart else "")
    options += f" --seed {seed}" if seed else ""
    return {
        "name": name,
        "summary": f"tells {material.label.removeprefix('attribute:')} of this shop's products: "
        f"{len(material.labels)} labels",
        "method": method,
        "label": material.label,
        "labels": list(material.labels),
        "data": {
            "photos": len(material.photos),
            "products": material.products,
            "groups": len(np.unique(material.groups)),
            "per_label": {
                figures.label: {"photos": int((material.classes == number).sum()), "groups": figures.groups}
                for number, figures in enumerate(examination.classes)
            },
            "left_out": dict(material.left_out),
            "unlabelled_photos": material.unlabelled,
            "confirmed_by_people": material.corrected,
            "apart": apart,
        },
        "figures": describe_examination(examination),
        "licences": {
            "code": "Apache-2.0",
            "weights": "the shop's own, on top of the embedding engine's",
            "data": "the shop's own photos and words",
        },
        "again": f"shopsight train classifier --label {_quoted(material.label)}{options}",
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": __version__,
    }


def _quoted(text: str) -> str:
    from shlex import quote

    return quote(text)


def describe_examination(examination: Examination) -> dict[str, Any]:
    """The examination as JSON: every share with its range, its rows and its kind."""
    return {
        "accuracy": asdict(examination.accuracy),
        "baseline": asdict(examination.baseline),
        "beats_baseline": examination.beats_baseline,
        "balanced_accuracy": round(examination.balanced_accuracy, 4),
        "calibration_error": round(examination.calibration_error, 4),
        "classes": [asdict(figures) for figures in examination.classes],
        "confusion": [list(row) for row in examination.confusion],
    }


def trained_engines(shop: Shop) -> list[dict[str, Any]]:
    """The cards of the engines that this shop trained, by name; a damaged one says so instead of hiding the rest."""
    from shopsight.engines.learn.keeping import CARD, read_engine_card
    from shopsight.errors import Damaged

    found = []
    for path in sorted((shop.folder / "engines").glob(f"*/{CARD}")):
        try:
            found.append({**read_engine_card(path.parent), "name": path.parent.name, "problem": ""})
        except Damaged as why:
            found.append({"name": path.parent.name, "problem": str(why)})
    return found
