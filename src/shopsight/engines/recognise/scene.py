"""The built-in recogniser: which pixels are which garment, and which pixels belong together, in one pass.

A small network (`training/scene/`) gives three maps at a quarter of its input: the chances of ground, person and twelve
groups of products; how likely a cell is the middle of a thing of each group; and from each cell the way to the middle
of its thing. Reading them is arithmetic: a cell joins the middle that its way leads to, and its thing is named after it
(Panoptic-DeepLab, Cheng et al. 2020). A photo whose rim is one flat colour is cut by that colour instead, which follows
the outline more closely than any network of this size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from shopsight.engines.record import Record
from shopsight.engines.store import checked_path
from shopsight.errors import BadInput, BadPhoto, Damaged
from shopsight.images import measure
from shopsight.types import Finding, Pixels, Task

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

PERSON, FIRST = 1, 2
"""Planes of the groups: 0 the ground, 1 the person, from 2 on the products."""
STEP_PX = 32
LEAST_PERSON = 0.005
"""The share of cells from which on a person counts as being in the photo."""
LEAST_SHARE = 0.0004
"""What covers less of the photo is no finding."""
FLAT_SPREAD = 4.0
"""The rim is flat when three quarters of it lie this close (in grey levels, per channel) to its median."""
OFF_GROUND = 12
"""Grey levels by which a pixel must differ from a flat ground, in one channel at least."""


@dataclass(frozen=True, slots=True)
class Maps:
    """What the network says of one photo: `groups` `(G, h, w)` chances, `centres` `(G - 2, h, w)` 0-1, `ways`
    `(2, h, w)` across and down in cells, all float32."""

    groups: Plane
    centres: Plane
    ways: Plane


@dataclass(frozen=True, slots=True)
class Things:
    """K things: their groups `(K,)`, scores `(K,)` and how far each cell is theirs `(K, h, w) float32` 0-1."""

    groups: NDArray[np.int64]
    scores: Plane
    cells: Plane


class Scene:
    """Finds garments, bags, shoes and persons in photos. `threads` 0 lets the runtime choose."""

    tasks: frozenset[Task] = frozenset({"localise", "detect", "segment", "instances"})

    def __init__(self, record: Record, threads: int = 0) -> None:
        """Raises `NotFound` or `Damaged` when the weights are missing or not what they were."""
        path, _ = checked_path(record)
        try:
            self._groups: tuple[str, ...] = tuple(record.preprocessing["groups"])
            self._side_px = int(record.preprocessing["side_px"])
            self._least_centre = float(record.preprocessing["least_centre"])
        except (KeyError, TypeError, ValueError) as fault:
            raise Damaged(record.card, f"the card lacks {fault}", "Install the package again.") from fault
        self.labels: tuple[str, ...] = self._groups[PERSON:]
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that spin while they wait starve everybody else on a small machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def recognise(self, photos: Sequence[Pixels], task: Task) -> list[tuple[Finding, ...]]:
        """For each photo its findings, best first; only "segment" speaks of persons. Raises `BadInput`, `BadPhoto`."""
        if task not in self.tasks:
            known = ", ".join(sorted(self.tasks))
            raise BadInput(str(task), "this engine was not made for this task", f"Choose one of {known}.")
        answer = {
            "localise": self._localise,
            "detect": self._detect,
            "segment": self._segment,
            "instances": self._instances,
        }[task]
        for photo in photos:
            check(photo)
        return [answer(photo) for photo in photos]

    def look(self, photo: Pixels) -> Maps:
        """The network's maps of one photo, at a quarter of its input's sides.

        Where nobody wears them, products lie in any way: it looks at the mirrored photo too, and the mean counts.
        """
        small = fit(photo, self._side_px)
        maps = self._run(small)
        if (maps.groups.argmax(axis=0) == PERSON).mean() > LEAST_PERSON:
            return maps
        other = self._run(np.ascontiguousarray(small[:, ::-1]))
        groups, centres = maps.groups + other.groups[..., ::-1], maps.centres + other.centres[..., ::-1]
        ways = np.stack([maps.ways[0] - other.ways[0, :, ::-1], maps.ways[1] + other.ways[1, :, ::-1]])
        return Maps(*(np.asarray(plane / 2, np.float32) for plane in (groups, centres, ways)))

    def _run(self, small: Pixels) -> Maps:
        groups, centres, ways = self._session.run(["groups", "centres", "ways"], {"photos": small[None]})
        return Maps(groups[0], centres[0], ways[0])

    def _instances(self, photo: Pixels) -> tuple[Finding, ...]:
        maps = self.look(photo)
        things = gather(maps, self._least_centre)
        rest = maps.groups[:FIRST].max(axis=0)
        product = cut_off_ground(photo, maps)
        if product is not None:
            person = (maps.groups.argmax(axis=0) == PERSON).astype(np.float32)
            product &= enlarge(person, *photo.shape[1::-1]) < 0.5
        masks = divide(photo, rest, things.cells, product)
        found = [self._finding(*parts) for parts in zip(things.groups, things.scores, masks, strict=True)]
        return tuple(sorted((f for f in found if f), key=lambda f: -f.score))

    def _detect(self, photo: Pixels) -> tuple[Finding, ...]:
        return tuple(Finding(f.label, f.score, f.box_px) for f in self._instances(photo))

    def _localise(self, photo: Pixels) -> tuple[Finding, ...]:
        """The thing that is large and sure; on a flat ground, all that is not ground."""
        found = self._instances(photo)
        best = max(found, key=prominence, default=None)
        product = off_flat_ground(photo)
        if product is not None and product.mean() >= LEAST_SHARE:
            if best is None:
                best = self._guess(photo, product)
            return (Finding(best.label, best.score, measure.box_of(product)),)
        return (Finding(best.label, best.score, best.box_px),) if best else ()

    def _guess(self, photo: Pixels, product: Mask) -> Finding:
        """What a thing is most likely, of which the network made nothing."""
        maps = self.look(photo)
        inside = cv2.resize(product.astype(np.float32), maps.groups.shape[:0:-1], interpolation=cv2.INTER_AREA)
        chances = (maps.groups[FIRST:] * inside).sum(axis=(1, 2)) / max(float(inside.sum()), 1e-6)
        best = int(chances.argmax())
        return Finding(self._groups[FIRST + best], float(np.clip(chances[best], 0, 1)))

    def _segment(self, photo: Pixels) -> tuple[Finding, ...]:
        maps = self.look(photo)
        planes = maps.groups[PERSON:]
        masks = divide(photo, maps.groups[0], planes, cut_off_ground(photo, maps))
        found = []
        for group, (plane, mask) in enumerate(zip(planes, masks, strict=True), PERSON):
            won = plane >= maps.groups.max(axis=0)
            sure = float(plane[won].mean()) if won.any() else float(plane.max())
            found.append(self._finding(group, min(sure, 1.0), mask))
        return tuple(sorted((f for f in found if f), key=lambda f: -f.score))

    def _finding(self, group: int, score: float, mask: Mask) -> Finding | None:
        if mask.sum() < max(1.0, LEAST_SHARE * mask.size):
            return None
        return Finding(self._groups[group], float(score), measure.box_of(mask), mask)


def check(photo: Pixels) -> None:
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
        raise BadPhoto("photo", f"pixels are {photo.dtype} {photo.shape}", "Give (H, W, 3) uint8 RGB.")


def prominence(finding: Finding) -> float:
    """Sure things before unsure ones, large ones before small ones."""
    return finding.score * float(finding.mask.sum()) ** 0.5 if finding.mask is not None else 0.0


def fit(photo: Pixels, side_px: int) -> Pixels:
    """The photo with its longer side at `side_px`, both sides at multiples of 32, contiguous."""
    scale = side_px / max(photo.shape[:2])
    high, wide = (max(STEP_PX, round(side * scale / STEP_PX) * STEP_PX) for side in photo.shape[:2])
    shrinks = photo.shape[0] >= high and photo.shape[1] >= wide
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.ascontiguousarray(cv2.resize(photo, (wide, high), interpolation=how))


# ---- from maps to things -------------------------------------------------------------------------------------------

SPREAD_CELLS = 3.0
"""How far a way may miss its middle."""
NAMED = 2.0
"""How much a cell's own group counts against where its way leads."""
LEAST_HEAT = 0.1
"""A middle fainter than this is not looked at."""
LOST_CELLS, LOST_SHARE = 8.0, 0.4
"""A way that misses every middle by more than this, and this share of its length, leads nowhere."""
SAME_CELLS, SAME_SHARE = 3.0, 0.55
"""Two middles nearer than this, or than this share of their things' size, may be one thing told twice ..."""
SAME_NAME = 0.25
"""... if the cells of the one look like the other's group too, at this ratio."""


def gather(maps: Maps, least_centre: float, most: int = 40) -> Things:
    """Cells join the middle that their way leads to; what was told twice becomes one; what nobody joins is no thing."""
    groups, rows, columns, heat = peaks(maps.centres, LEAST_HEAT, most)
    product = maps.groups[FIRST:].sum(axis=0)
    if not len(groups):
        return Things(groups, heat, np.zeros((0, *product.shape), np.float32))
    kept = np.ones(len(groups), bool)
    merge_doubles(maps, product, groups, rows, columns, heat, kept)
    for _ in range(2):
        owner = join(maps, groups, rows, columns, kept)
        looks = likeness(maps, product, owner, len(groups))
        scores = np.sqrt(heat * looks[0].max(axis=1))
        kept &= (looks[1] >= 2) & (scores >= least_centre)
    names = looks[0].argmax(axis=1)
    cells = (owner == np.flatnonzero(kept)[:, None, None]) * product
    return Things(names[kept] + FIRST, scores[kept].astype(np.float32), cells.astype(np.float32))


def likeness(maps: Maps, product: Plane, owner: NDArray[Any], count: int) -> tuple[Plane, NDArray[Any]]:
    """How much the cells of each thing look like each group, `(K, G - 2)`, and how many solid cells it has, `(K,)`."""
    mine = ((owner.ravel() == np.arange(count)[:, None]) & (product.ravel() > 0.5)).astype(np.float32)
    solid = mine.sum(axis=1)
    return mine @ maps.groups[FIRST:].reshape(len(maps.centres), -1).T / np.maximum(solid, 1)[:, None], solid


def merge_doubles(
    maps: Maps, product: Plane, groups: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any], heat: Plane, kept: Mask
) -> None:
    """A jacket that may be a shirt has two middles in one place: the weaker one gives its heat to the stronger.

    A coat over a dress has two middles in one place too, but each has cells that look like it alone.
    """
    owner = join(maps, groups, rows, columns, kept)
    looks, solid = likeness(maps, product, owner, len(groups))
    apart = np.hypot(rows[:, None] - rows, columns[:, None] - columns)
    size = np.sqrt(solid[:, None] + solid)
    near = apart <= np.maximum(SAME_CELLS, SAME_SHARE * size)
    for weak in range(len(groups) - 1, 0, -1):  # from the lowest hill up
        alike = looks[weak, groups[:weak]] >= SAME_NAME * looks[weak, groups[weak]]
        strong = np.flatnonzero(near[weak, :weak] & alike)
        if len(strong):
            heat[strong[0]] = 1 - (1 - heat[strong[0]]) * (1 - heat[weak])
            kept[weak] = False


def peaks(centres: Plane, least: float, most: int) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[Any], Plane]:
    """Group, row, column and height of the hills that rise above `least`, the highest first."""
    top = np.stack([cv2.dilate(plane, np.ones((5, 5), np.uint8)) for plane in centres])
    groups, rows, columns = np.nonzero((centres >= top) & (centres > least))
    order = np.argsort(-centres[groups, rows, columns], kind="stable")[:most]
    groups, rows, columns = groups[order], rows[order], columns[order]
    return groups, rows, columns, centres[groups, rows, columns]


def join(maps: Maps, groups: NDArray[np.int64], rows: NDArray[Any], columns: NDArray[Any], kept: Mask) -> NDArray[Any]:
    """`(h, w)`: the number of the thing that each cell belongs to, by where its way leads and what it looks like.

    -1 for a cell whose way leads nowhere.
    """
    high, wide = maps.groups.shape[1:]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    x, y = x + maps.ways[0], y + maps.ways[1]
    off = (x - columns[:, None, None]) ** 2 + (y - rows[:, None, None]) ** 2
    strange = -np.log(maps.groups[groups + FIRST] + 1e-3)
    cost = off / (2 * SPREAD_CELLS**2) + NAMED * strange
    cost[~kept] = np.inf
    cost[off > (LOST_CELLS + LOST_SHARE * np.hypot(*maps.ways)) ** 2] = np.inf
    owner = cost.argmin(axis=0)
    return np.where(np.isfinite(cost.min(axis=0)), owner, -1)


def take_in(owner: NDArray[Any], product: Mask) -> NDArray[Any]:
    """What is product and nobody's joins the nearest thing that it hangs together with."""
    owned, lost = product & (owner >= 0), product & (owner < 0)
    if not lost.any() or not owned.any():
        return owner
    _, piece = cv2.connectedComponents(product.astype(np.uint8))
    _, nearest = cv2.distanceTransformWithLabels(
        (~owned).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    names, pieces = np.zeros((2, int(nearest.max()) + 1), np.int64)
    names[nearest[owned]], pieces[nearest[owned]] = owner[owned], piece[owned]
    return np.where(lost & (pieces[nearest] == piece), names[nearest], owner)


def divide(photo: Pixels, rest: Plane, planes: Plane, product: Mask | None) -> list[Mask]:
    """A mask for each plane in the photo's own pixels: each pixel goes to the highest, or to the rest.

    On a flat ground `product` says which pixels are to be given away; the planes say to whom.
    """
    height, width = photo.shape[:2]
    best = enlarge(rest, width, height)
    if product is not None:
        best = np.where(product, np.float32(0.02), np.float32(2))
    owner = np.full((height, width), -1, np.int32)
    for number, plane in enumerate(planes):
        if plane.max() < 0.05:
            continue
        grown = enlarge(plane, width, height)
        higher = grown > best
        best[higher], owner[higher] = grown[higher], number
    if product is not None:
        owner = take_in(owner, product)
    return [owner == number for number in range(len(planes))]


def enlarge(plane: Plane, width: int, height: int) -> Plane:
    return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR))


SURE = 0.6
"""A pixel that the network takes for a product or a person with this chance is one, whatever its colour ..."""
RIM_CELLS = 3
"""... except so near the outline, where the colour knows better."""


def cut_off_ground(photo: Pixels, maps: Maps) -> Mask | None:
    """All that is not ground where that is flat, `(H, W) bool`; else None.

    The colour gives the outline. A white stripe on a white ground is the network's to tell, and so is what lies inside:
    the garment's own, or the ground seen through a handle.
    """
    off = off_flat_ground(photo)
    if off is None:
        return None
    cells = maps.groups[PERSON:].sum(axis=0)
    inner = cv2.erode((cells > SURE).astype(np.uint8), np.ones((2 * RIM_CELLS - 1,) * 2, np.uint8), borderValue=0)
    height, width = photo.shape[:2]
    whole = off | (enlarge(inner.astype(np.float32), width, height) > 0.5)
    count, holes = cv2.connectedComponents((~whole).astype(np.uint8), connectivity=4)
    rim = np.unique(np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]]))
    sums = np.bincount(holes.ravel(), enlarge(cells, width, height).ravel(), count)
    fill = sums / np.maximum(np.bincount(holes.ravel(), minlength=count), 1) > 0.5
    fill[rim], fill[0] = False, False
    return np.asarray(whole | fill[holes])


def off_flat_ground(photo: Pixels) -> Mask | None:
    """What differs from the ground, `(H, W) bool`, where the photo's rim is one flat colour; else None."""
    thick = max(1, round(0.02 * min(photo.shape[:2])))
    rim = np.concatenate(
        [side.reshape(-1, 3) for side in (photo[:thick], photo[-thick:], photo[:, :thick], photo[:, -thick:])]
    )
    colour = np.median(rim, axis=0)
    spread = np.abs(rim - colour).max(axis=1)
    if np.quantile(spread, 0.75) > FLAT_SPREAD:
        return None
    apart = cv2.absdiff(photo, np.broadcast_to(colour, photo.shape).astype(np.uint8)).max(axis=2)
    off: NDArray[Any] = (apart > OFF_GROUND).astype(np.uint8)
    opened: NDArray[Any] = cv2.morphologyEx(off, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= LEAST_SHARE * off.size
    keep[0] = False
    return np.asarray(keep[labels])
