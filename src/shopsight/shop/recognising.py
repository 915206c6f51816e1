"""What is in a photo: classes, boxes, regions, things, and a place in a taxonomy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from shopsight.errors import BadInput, NotFound
from shopsight.shop.pictures import Pictures
from shopsight.shop.watch import Watch
from shopsight.types import Box, Pixels, Recognition, Task

if TYPE_CHECKING:
    from shopsight.protocols import Recogniser
    from shopsight.recognise.taxonomy import Place

GARMENTS = ("shop.scene0", "outline")
"""The engines behind the built-in labels, the best first; the next one serves where the weights of one are missing."""


class Recognising(Pictures):
    """Hands photos to the engine that knows the labels asked for."""

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

        watch = Watch("decode", "recognise")
        with watch.time("decode"):
            picture = self._picture(photo, box_px)
        with watch.time("recognise"):
            looks = task == "classify" and not labels
            eye = self.engine if looks else self.recogniser(labels)
            found = recognise_photo(picture, task, eye, k)
        name = self.engine.space if looks else labels or self.sees_garments
        return replace(found, engine=name, ms=watch.read())

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
