"""Finding products: by a photo, by words, by both, and more like one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shopsight.errors import BadInput
from shopsight.shop.counter import EVERYTHING
from shopsight.shop.pictures import LOOK_SIDE_PX, cut
from shopsight.shop.recognising import Recognising
from shopsight.shop.watch import Watch
from shopsight.types import Answer, Box, Filters, Finding, Pixels, Sight

if TYPE_CHECKING:
    from shopsight.search.desk import Desk, Found


class Searching(Recognising):
    """Lays the desk that the searches work at, and times them."""

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
        desk, watch = self._desk(), Watch()
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

        desk, watch = self._desk(), Watch()
        with watch.time("search"):
            found = find_more_like(desk, self.catalogue.product(sku), filters, k)
        return self._answer(found, watch)

    def look(self, photo: bytes | Path | str | Pixels, *, box_px: Box | None = None) -> Sight:
        """What the engine sees in a photo: its vector, category, colours, pattern and the product's box."""
        return self._look(photo, box_px, Watch())

    def _desk(self) -> Desk:
        """What every search works with."""
        from shopsight.search.desk import Desk

        return self._once("desk", lambda: Desk.of(self.catalogue, self.engine, self.neighbours))

    def _look(self, photo: bytes | Path | str | Pixels, box_px: Box | None, watch: Watch) -> Sight:
        """One look at a photo, or at the part of it inside a box."""
        with watch.time("decode"):
            pixels = self._pixels(photo, whole=box_px is not None)
            if box_px is not None:
                pixels = cut(pixels, box_px)
        return self._see(pixels, watch)

    def _see(self, pixels: Pixels, watch: Watch) -> Sight:
        with watch.time("embed"):
            return self.engine.see([pixels])[0]

    def _boxes(self, photo: bytes | Path | str | Pixels) -> tuple[Finding, ...]:
        """The products in a photo, surest first; the engine for it is loaded only when somebody asks."""
        return self.recognise(photo, "detect").findings

    def _answer(self, found: Found, watch: Watch, box_px: Box | None = None) -> Answer:
        return Answer(found.verdict, found.hits, self.engine.space, watch.read(), box_px, found.understood)
