"""Introduces everyone: settings make the catalogue and the engines, which the searches are handed. All of it lazily.

with open_shop("shop") as shop:
    answer = shop.find(photo="query.jpg", words="but red")
    print(answer.verdict, [hit.product.title for hit in answer.hits])
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import numpy as np

from shopsight.errors import BadInput, NotFound, TooLarge
from shopsight.settings import Settings
from shopsight.types import Answer, Baskets, Box, Filters, Finding, Pixels, Product, Recognition, Sight, Task

if TYPE_CHECKING:
    from shopsight.catalogue.store import Catalogue, Facets, Page
    from shopsight.images.numbers import Numbers
    from shopsight.insight.advice import Advice
    from shopsight.insight.extremes import Ends
    from shopsight.insight.forecast import Forecast, WhatIf
    from shopsight.insight.goes_with import Companion
    from shopsight.insight.influence import Influence
    from shopsight.insight.outlook import Knob
    from shopsight.insight.readings import KpiReading
    from shopsight.insight.rules import Limits, RuleBook
    from shopsight.insight.table import FactorTable
    from shopsight.insight.together import Level
    from shopsight.protocols import Embedder, Forecaster, Neighbours, Recogniser, RuleMiner
    from shopsight.recognise.by_photo import Picture
    from shopsight.recognise.taxonomy import Place
    from shopsight.search.desk import Desk, Found

T = TypeVar("T")
LOOK_SIDE_PX = 512
"""Longest side that an engine is shown at least; larger originals are decoded scaled down, which is faster."""
RECOGNISE_SIDE_PX = 1024
"""Longest side that a recognising engine is shown at least: small things in a full photo need more pixels."""
GARMENTS = ("shop.scene0", "outline")
"""The engines behind the built-in labels, the best first; the next one serves where the weights of one are missing."""
FORECASTS = ("combined", "ets", "pooled-lags", "regression", "seasonal-naive", "theta")
"""The ways that are tried on a KPI; pooled trees need many series and more time."""
EVERYTHING = Filters()
"""No condition at all."""


def open_shop(folder: Path | str | None = None, **settings: Any) -> Shop:
    """Open the shop in a folder (made when absent), with any field of `Settings` by keyword.

    Without a folder the environment, `shopsight.toml` or the default `./shop` says where the shop is.
    """
    if folder is not None:
        settings["shop"] = Path(folder)
    return Shop(Settings(**settings))


class Shop:
    """One shop: its catalogue, its engine, and the searches over both. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._parts: dict[str, Any] = {}

    @property
    def folder(self) -> Path:
        return self.settings.shop

    @property
    def catalogue(self) -> Catalogue:
        """Products, photos and vectors at rest; opened on first use."""
        from shopsight.catalogue.store import Catalogue

        return self._once("catalogue", lambda: Catalogue.open(self.folder, self.settings.database_url))

    @property
    def engine(self) -> Embedder:
        """The embedding engine of the settings, loaded on first use."""
        from shopsight.engines import load

        options = {"threads": self.settings.threads} if self.settings.threads else {}
        return self._once("engine", lambda: cast("Embedder", load(self.settings.engine, **options)))

    def use_engine(self, engine: Embedder) -> None:
        """Use this engine object instead of the one that the settings name: one of your own, or one already loaded."""
        with self._lock:
            self._parts.pop("desk", None)
            self._parts["engine"] = engine

    @property
    def neighbours(self) -> Neighbours:
        """Exact search over the shelf."""
        from shopsight.engines.neighbours.exact import Exact

        return self._once("neighbours", Exact)

    # --- searching -------------------------------------------------------------------------------------------

    def find(
        self,
        photo: bytes | Path | str | Pixels | None = None,
        words: str = "",
        *,
        box_px: Box | None = None,
        filters: Filters = EVERYTHING,
        k: int = 24,
        cut_out: bool = True,
        boxes: bool = False,
    ) -> Answer:
        """Find products by a photo, by words, or by a photo that the words bend ("like this but red").

        `photo` is a file's bytes, its path, or decoded pixels `(H, W, 3) uint8`; `box_px` (left, top, right, bottom in
        pixels of the upright photo) looks only at that part. Without a box, a photo in which the product is not found
        is cut to the product that is meant, where that brings a nearer hit (`cut_out`); the answer's `box_px` says so.
        With `boxes` the answer tells all products in the photo, for choosing another one.

        Raises `BadInput` when there is nothing to search with, `BadPhoto` for a picture that cannot be read.
        """
        from shopsight.search.by_photo import find_by_photo
        from shopsight.search.by_words import find_by_words
        from shopsight.search.cutting import helps, part_meant
        from shopsight.search.mixed import find_by_both

        words = words.strip()
        if photo is None and not words:
            raise BadInput("search", "there is neither a photo nor words to search with", "Give one of the two.")
        if k < 1:
            raise BadInput("k", f"{k} hits cannot be found", "Ask for at least 1.")
        desk, watch = self._desk(), _Watch()
        if photo is None:
            with watch.time("search"):
                found = find_by_words(desk, words, filters, k)
            return self._answer(found, watch)
        def search(sight: Sight) -> Found:
            with watch.time("search"):
                return find_by_both(desk, sight, words, filters, k) if words else find_by_photo(desk, sight, filters, k)

        with watch.time("decode"):
            picture = self._picture(photo, box_px, LOOK_SIDE_PX)
        sight = self._see(picture.pixels, watch)
        found = search(sight)
        # Where the photo itself finds its product, or a person chose the box, nothing needs to be cut.
        if cut_out and box_px is None and found.verdict != "found":
            part = part_meant(sight, *picture.pixels.shape[1::-1])
            closer = search(self._see(cut(picture.pixels, part), watch)) if part else None
            if part and closer and helps(closer, found):
                found, box_px = closer, picture.scaled(part)
        answer = self._answer(found, watch, box_px)
        return replace(answer, boxes=self._boxes(photo)) if boxes else answer

    def more_like(self, sku: str, k: int = 12, filters: Filters = EVERYTHING) -> Answer:
        """Products that look like one of the shop's own, without that one. Raises `NotFound` for an unknown `sku`."""
        from shopsight.search.by_photo import find_more_like

        desk, watch = self._desk(), _Watch()
        with watch.time("search"):
            found = find_more_like(desk, self.catalogue.product(sku), filters, k)
        return self._answer(found, watch)

    def look(self, photo: bytes | Path | str | Pixels, *, box_px: Box | None = None) -> Sight:
        """What the engine sees in a photo: its vector, category, colours, pattern and the product's box."""
        return self._look(photo, box_px, _Watch())

    # --- recognising -----------------------------------------------------------------------------------------

    def recogniser(self, labels: str = "") -> Recogniser:
        """The engine that knows these labels: "" for the built-in garments, or an engine's name; loaded on first use.

        The name may be of an engine trained here, and an engine that is told its labels takes them after a colon:
        "siglip2-labels:rain jacket,umbrella". Raises `NotFound` for a name that no recognising engine has, and what
        loading it raises.
        """
        from shopsight.engines import find_record, load

        asked, _, words = labels.partition(":")
        name = self.trained_here(asked) or asked or self.sees_garments
        record = find_record(name)
        if record.ability != "recognise":
            raise NotFound(name, "this engine recognises nothing by itself", "See `shopsight models list` for those.")
        options: dict[str, Any] = {"threads": self.settings.threads} if self.settings.threads else {}
        if words:
            if not record.takes_labels:
                raise BadInput(f"labels {labels[:60]}", "this engine knows labels of its own", f"Say {asked} alone.")
            options["labels"] = words.split(",")
        if "embedding" in record.preprocessing:
            options["embedder"] = self.engine
        # An engine trained again has weights of another name.
        return self._once(f"recogniser {name}:{words} {record.main}", lambda: cast("Recogniser", load(name, **options)))

    def trained_here(self, name: str) -> str:
        """The folder of the engine that this shop trained under that name; "" where there is none."""
        from shopsight.engines.learn.keeping import CARD, NAME

        folder = self.folder / "engines" / name
        return str(folder) if NAME.fullmatch(name) and (folder / CARD).is_file() else ""

    @property
    def sees_garments(self) -> str:
        """The name of the engine behind the built-in labels: the best one whose weights are here."""
        from shopsight.engines import KNOWN
        from shopsight.engines.store import is_here

        return next(name for name in GARMENTS if name in KNOWN and is_here(name))

    def recognise(
        self,
        photo: bytes | Path | str | Pixels,
        task: Task = "classify",
        *,
        labels: str = "",
        box_px: Box | None = None,
        k: int = 5,
    ) -> Recognition:
        """What is in a photo: its class, one box, all boxes, regions, or every thing with its pixels.

        `labels` "" means garments, else it names an engine, such as one trained on this shop. `box_px` looks only at
        that part. Boxes and masks are in the upright photo's own pixels; `k` is how many classes are told at most.
        Raises `BadInput` for a task that the engine does not do, `NotFound` for unknown labels, `BadPhoto`.
        """
        from shopsight.recognise.by_photo import recognise_photo

        watch = _Watch("decode", "recognise")
        with watch.time("decode"):
            picture = self._picture(photo, box_px)
        with watch.time("recognise"):
            looks = task == "classify" and not labels
            eye = self.engine if looks else self.recogniser(labels)
            found = recognise_photo(picture, task, eye, k)
        name = self.engine.space if looks else labels or self.sees_garments
        return replace(found, engine=name, ms=watch.read())

    # --- what happened, and what pictures have to do with it -------------------------------------------------

    def factors(self, photo: bytes | Path | str | Pixels) -> dict[str, float]:
        """A picture as about 45 numbers by name; `shopsight.insight.factors.FACTORS` says what each means."""
        from shopsight.images.decode import upright_size
        from shopsight.insight.factors import measure_factors
        from shopsight.insight.view import SIDE_PX

        if isinstance(photo, np.ndarray):
            return measure_factors(photo)
        data = photo if isinstance(photo, bytes) else self._read(Path(photo))[1]
        size_px = upright_size(data, name="photo", **self._limits)
        return measure_factors(self._pixels(data, whole=False, side_px=SIDE_PX), size_px=size_px)

    def factor_table(self) -> FactorTable:
        """All measured products as rows of numbers: factors, category, and the main directions of their looks."""
        from shopsight.insight.table import factor_table

        return factor_table(self.catalogue, self.engine.space)

    def advice(self, skus: Sequence[str] | None = None) -> Iterator[Advice]:
        """What would make the shop's measured photos better, photo by photo, and covers that two products share."""
        from shopsight.insight.advice import advise_shop

        return advise_shop(self.catalogue, self.engine.space, skus)

    def kpis(self, days: int | None = None) -> list[KpiReading]:
        """Every KPI of which something is known, with its 95 % range, over the last `days` known (none: all)."""
        from shopsight.insight.readings import read_kpis

        return read_kpis(self.catalogue, days)

    def forecast(self, kpi: str, days: int = 28, *, sku: str = "", with_factors: bool = False) -> Forecast:
        """A KPI for the next days, of the shop or one product, with 80 and 95 % ranges; kind *predicted*.

        Raises `BadInput` for an unknown KPI, `NotFound` for an unknown product, `TooLittleData`.
        """
        from shopsight.insight.outlook import forecast_kpi

        return forecast_kpi(self.catalogue, kpi, days, self._forecasters(), sku=sku, with_factors=with_factors)

    def what_if(self, kpi: str, changes: Mapping[str, float], days: int = 28, *, sku: str = "") -> WhatIf:
        """The same forecast with picture factors changed by `changes`, each in its own unit.

        Raises what `forecast` raises, `BadInput` for an unknown factor, `TooLittleData` for one that never varied.
        """
        from shopsight.insight.outlook import forecast_if

        return forecast_if(self.catalogue, kpi, days, changes, self._forecasters(), sku=sku)

    def knobs(self, kpi: str, *, sku: str = "") -> tuple[Knob, ...]:
        """Between which ends each picture factor has been while a KPI was counted: what a what-if may turn.

        Raises `TooLittleData` where no photo that was shown has been measured, and what `forecast` raises.
        """
        from shopsight.insight.outlook import knobs_of

        return knobs_of(self.catalogue, kpi, sku=sku)

    def influence(self, kpi: str, by: Literal["", "category"] = "") -> Influence:
        """Which factors of the cover photos go with a KPI, with ranges and a control; kind *estimated from logs*.

        Raises `BadInput` for an unknown KPI, `TooLittleData` with what it would take.
        """
        from shopsight.insight.influence import influence_in

        kept: dict[str, Influence] = self._once("influences", dict)
        return influence_in(self.catalogue, kpi, self.engine.space, by, kept)

    def factor_ends(self, factor: str, count: int = 6, category: str = "") -> Ends:
        """The cover photos that have least and most of a factor. Raises `NotFound` for a factor that is none."""
        from shopsight.insight.extremes import ends_of

        return ends_of(self.catalogue, factor, self.engine.space, count, category)

    def place(self, found: Recognition, taxonomy: Path | str = "", threshold: float | None = None) -> Place:
        """Where in a product taxonomy a recognised product belongs, never deeper than it is sure.

        `found` is of the task classify; `taxonomy` is a file in Shopify's text or JSON format, by default that of the
        settings; the way goes down while a node's chance is at least `threshold` (0.6). Raises `BadInput`, `NotFound`,
        `BadSource`.
        """
        from shopsight.recognise.taxonomy import SURE_ENOUGH, read_taxonomy

        file = taxonomy or self.settings.taxonomy
        if not file:
            raise BadInput("taxonomy", "there is no file of one", "Say --taxonomy FILE or set SHOPSIGHT_TAXONOMY.")
        if found.task != "classify":
            raise BadInput(f"task {found.task}", "only classes have a place in a taxonomy", "Ask to classify.")
        return read_taxonomy(file).place(found.findings, SURE_ENOUGH if threshold is None else threshold)

    # --- the image laboratory ----------------------------------------------------------------------------------

    def image(
        self,
        operation: str,
        photo: bytes | Path | str | Pixels,
        given: Mapping[str, object] = MappingProxyType({}),
        *,
        side_px: int | None = None,
    ) -> Pixels:
        """One operation of the laboratory on a photo: `(H, W, 3) uint8`. `given` are its parameters by name.

        With `side_px` the photo is made that small first. Raises `NotFound` for an unknown operation, `BadInput` for a
        parameter that does not fit, `BadPhoto` and `TooLarge` as decoding does.
        """
        from shopsight.images.lab import operation as find_operation

        chosen = find_operation(operation)
        values = chosen.settle(given)
        return chosen.apply(self._sized(photo, side_px), values)

    def picture_numbers(self, photo: bytes | Path | str | Pixels, *, side_px: int | None = None) -> Numbers:
        """What is counted in a photo: brightness, contrast, sharpness, noise, histogram, power by frequency."""
        from shopsight.images.numbers import count

        return count(self._sized(photo, side_px))

    # --- what goes with what -----------------------------------------------------------------------------------

    @property
    def baskets(self) -> Baskets:
        """What was bought together, in memory; read again when baskets came or went."""
        revision = self.catalogue.baskets_revision()
        kept: tuple[tuple[int, int], Baskets] | None = self._parts.get("baskets")
        if kept is None or kept[0] != revision:
            kept = self._parts["baskets"] = (revision, self.catalogue.baskets())
        return kept[1]

    def rules(
        self,
        min_support: float = 0.01,
        min_confidence: float = 0.3,
        level: Level = "product",
        *,
        keep_redundant: bool = False,
        limits: Limits | None = None,
        engine: str = "bitset",
    ) -> RuleBook:
        """Who buys what also buys what: rules between products, categories or looks, best lift first.

        `min_support` and `min_confidence` are shares, 0-1. Raises `TooLittleData` for too few baskets, `BadInput` for
        thresholds that are no shares and for ones that give more sets of items than the limits allow.
        """
        from shopsight.engines import load
        from shopsight.insight.rules import DEFAULT_LIMITS
        from shopsight.insight.together import rules_at

        miner: RuleMiner = self._once(f"miner {engine}", lambda: load(engine))
        asked = (level, self.catalogue, self.engine.space, self.baskets, miner, min_support, min_confidence)
        return rules_at(*asked, keep_redundant=keep_redundant, limits=limits or DEFAULT_LIMITS)

    def goes_with(self, sku: str, k: int = 8) -> list[Companion]:
        """What goes well with a product: bought together, else by look, each saying which. Raises `NotFound`."""
        from shopsight.insight.goes_with import find_companions

        product = self.catalogue.product(sku)
        return find_companions(self.catalogue, self.engine.space, self.baskets, product, k)

    # --- the catalogue, for doors ----------------------------------------------------------------------------

    def product(self, sku: str) -> Product:
        return self.catalogue.product(sku)

    def browse(
        self, filters: Filters = EVERYTHING, words: str = "", offset: int = 0, limit: int = 50, order: str = "title"
    ) -> Page:
        return self.catalogue.browse(filters, words, offset, limit, order)

    def facets(self, filters: Filters = EVERYTHING) -> Facets:
        return self.catalogue.facets(filters)

    def counts(self) -> Mapping[str, int]:
        return self.catalogue.counts()

    # --- opening and closing ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the database and the engine. A closed shop opens again on the next use."""
        with self._lock:
            catalogue = self._parts.pop("catalogue", None)
            self._parts.clear()
        if catalogue is not None:
            catalogue.close()

    def __enter__(self) -> Shop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- inside ----------------------------------------------------------------------------------------------

    def _once(self, name: str, make: Callable[[], T]) -> T:
        """The part of that name, made under a lock by the first who asks."""
        part = self._parts.get(name)
        if part is None:
            with self._lock:
                part = self._parts.get(name)
                if part is None:
                    part = self._parts[name] = make()
        return cast(T, part)

    def _desk(self) -> Desk:
        """What every search works with."""
        from shopsight.search.desk import Desk

        return self._once("desk", lambda: Desk.of(self.catalogue, self.engine, self.neighbours))

    def _forecasters(self) -> Mapping[str, Forecaster]:
        """The ways of forecasting that are quick enough to be tried on one KPI while somebody waits."""
        from shopsight.engines import load

        return self._once("forecasters", lambda: {name: cast("Forecaster", load(name)) for name in FORECASTS})

    def _look(self, photo: bytes | Path | str | Pixels, box_px: Box | None, watch: _Watch) -> Sight:
        """One look at a photo, or at the part of it inside a box."""
        with watch.time("decode"):
            pixels = self._pixels(photo, whole=box_px is not None)
            if box_px is not None:
                pixels = cut(pixels, box_px)
        return self._see(pixels, watch)

    def _pixels(self, photo: bytes | Path | str | Pixels, *, whole: bool, side_px: int = LOOK_SIDE_PX) -> Pixels:
        """Decoded pixels: at full size when a box has to be cut out of them, else scaled down for speed."""
        from shopsight.images.decode import decode

        if isinstance(photo, np.ndarray):
            return photo
        name, data = ("photo", photo) if isinstance(photo, bytes) else self._read(Path(photo))
        return decode(data, name=name, side_px=None if whole else side_px, **self._limits)

    def _sized(self, photo: bytes | Path | str | Pixels, side_px: int | None) -> Pixels:
        """The whole photo, its longest side at most `side_px`."""
        from shopsight.images.decode import thumbnail

        pixels = self._pixels(photo, whole=side_px is None, side_px=side_px or LOOK_SIDE_PX)
        return thumbnail(pixels, side_px) if side_px else pixels

    @property
    def _limits(self) -> dict[str, int]:
        return {"max_bytes": self.settings.max_photo_bytes, "max_pixels": self.settings.max_photo_pixels}

    def _see(self, pixels: Pixels, watch: _Watch) -> Sight:
        with watch.time("embed"):
            return self.engine.see([pixels])[0]

    def _boxes(self, photo: bytes | Path | str | Pixels) -> tuple[Finding, ...]:
        """The products in a photo, surest first; the engine for it is loaded only when somebody asks."""
        return self.recognise(photo, "detect").findings

    def _picture(
        self, photo: bytes | Path | str | Pixels, box_px: Box | None, side_px: int = RECOGNISE_SIDE_PX
    ) -> Picture:
        """The part of a photo that is to be recognised, and where in the upright photo it lies."""
        from shopsight.images.decode import upright_size
        from shopsight.recognise.by_photo import Picture

        if not isinstance(photo, np.ndarray | bytes):
            photo = self._read(Path(photo))[1]
        pixels = self._pixels(photo, whole=box_px is not None, side_px=side_px)
        wide, high = pixels.shape[1::-1]
        if box_px is not None:
            part = clip(box_px, wide, high)
            return Picture(pixels[part[1] : part[3], part[0] : part[2]], part, (wide, high))
        if isinstance(photo, bytes):
            wide, high = upright_size(photo, name="photo", **self._limits)
        return Picture(pixels, (0, 0, wide, high), (wide, high))

    def _read(self, path: Path) -> tuple[str, bytes]:
        """A picture file's name and bytes; refused unread when it is larger than the settings allow."""
        if not path.is_file():
            raise NotFound(str(path), "there is no such picture file", "Check the path.")
        if path.stat().st_size > self.settings.max_photo_bytes:
            raise TooLarge(path.name, f"more than {self.settings.max_photo_bytes} bytes", "Send a smaller picture.")
        return path.name, path.read_bytes()

    def _answer(self, found: Found, watch: _Watch, box_px: Box | None = None) -> Answer:
        return Answer(found.verdict, found.hits, self.engine.space, watch.read(), box_px, found.understood)


def cut(pixels: Pixels, box_px: Box) -> Pixels:
    """The part of a photo inside a box, clipped to the photo. Raises `BadInput` for a box with nothing in it."""
    left, top, right, bottom = clip(box_px, pixels.shape[1], pixels.shape[0])
    return pixels[top:bottom, left:right]


def clip(box_px: Box, width_px: int, height_px: int) -> Box:
    """The part of a box that lies in the photo. Raises `BadInput` where nothing does."""
    left, top, right, bottom = box_px
    left, top, right, bottom = max(0, left), max(0, top), min(width_px, right), min(height_px, bottom)
    if right - left < 2 or bottom - top < 2:
        raise BadInput(
            f"box {','.join(map(str, box_px))}",
            f"it holds nothing of a photo of {width_px} x {height_px} pixels",
            "Give left, top, right, bottom in pixels of the upright photo.",
        )
    return left, top, right, bottom


class _Watch:
    """Milliseconds by part: decode, embed, search and their total; a part that did not run took 0."""

    def __init__(self, *parts: str) -> None:
        self._began = perf_counter()
        self._ms = dict.fromkeys(parts or ("decode", "embed", "search"), 0.0)

    @contextmanager
    def time(self, part: str) -> Iterator[None]:
        began = perf_counter()
        try:
            yield
        finally:
            self._ms[part] += (perf_counter() - began) * 1000

    def read(self) -> dict[str, float]:
        total = (perf_counter() - self._began) * 1000
        return {name: round(ms, 3) for name, ms in (*self._ms.items(), ("total", total))}
