"""Where the product stands in the frame, on what ground, and how symmetric the picture is."""

from __future__ import annotations

import cv2
import numpy as np

from shopsight.insight.view import Factor, Mask, View, share_of

MASK = "from the product's mask"
FACTORS = (
    Factor("white_ground", "share", 0, 1, "how much of the ground is white", "L* above 94 and chroma below 5"),
    Factor("ground_busyness", "share", 0, 0.3, "how much goes on in the ground", "Canny edges outside the mask"),
    Factor("subject_size", "share", 0, 1, "how much of the picture the product covers", MASK),
    Factor("fill", "share", 0, 1, "how much of the picture the box around the product takes", MASK),
    Factor("off_centre", "share", 0, 0.71, "how far the product stands from the middle: 0 in it", f"centroid, {MASK}"),
    Factor("margin", "share", 0, 0.5, "the narrowest room between product and frame", f"box, {MASK}"),
    Factor("cut_off", "share", 0, 1, "how much of one side of the frame the product touches", MASK),
    Factor("thirds_distance", "share", 0, 0.48, "how far the product stands from the nearest point of thirds",
           "rule of thirds; Datta et al. 2006"),
    Factor("symmetry", "-1 to 1", -1, 1, "how alike left and right are", "correlation of the grey with its mirror"),
    Factor("subject_symmetry", "share", 0, 1, "how alike the product's left and right outlines are",
           "IoU of the mask with its mirror in its box"),
    Factor("subject_shape", "octaves", -3, 3, "-1 twice as tall as wide, 1 twice as wide as tall", "log2 of its box"),
    Factor("compactness", "share", 0, 1, "how full the product's outline is", "area / convex hull"),
    Factor("aspect", "octaves", -2, 2, "the picture's own shape: 0 square, below upright", "log2 of width / height"),
    Factor("megapixels", "megapixels", 0, 50, "how large the picture came in", "width times height"),
    Factor("products", "count", 0, 20, "how many things are shown", "the recogniser, else pieces of the mask"),
)  # fmt: skip


def measure(view: View) -> dict[str, float]:
    """The factors of this file, for one photo."""
    height, width = view.mask.shape
    left, top, right, bottom = view.box_px
    x, y = _centroid(view.mask)
    white = (view.lab[0] > 94) & (view.chroma < 5)
    return {
        "white_ground": share_of(white, view.ground) if not view.mask.all() else 0.0,
        "ground_busyness": share_of(view.edges & _away(view.mask), view.ground),
        "subject_size": float(view.mask.mean()),
        "fill": (right - left) * (bottom - top) / (width * height),
        "off_centre": float(np.hypot(x - 0.5, y - 0.5)),
        "margin": min(left / width, top / height, (width - right) / width, (height - bottom) / height),
        "cut_off": _touched(view.mask),
        "thirds_distance": min(float(np.hypot(x - u, y - v)) for u in (1 / 3, 2 / 3) for v in (1 / 3, 2 / 3)),
        "symmetry": _symmetry(view),
        "subject_symmetry": _outline_symmetry(view.mask[top:bottom, left:right]),
        "subject_shape": float(np.log2((right - left) / (bottom - top))),
        "compactness": _compactness(view.mask),
        "aspect": float(np.log2(view.width_px / view.height_px)),
        "megapixels": view.width_px * view.height_px / 1e6,
        "products": view.products,
    }


def _centroid(mask: Mask) -> tuple[float, float]:
    """Middle of the mask, 0-1 across and down; the picture's own where nothing is seen."""
    if not mask.any():
        return 0.5, 0.5
    across, down = mask.sum(axis=0, dtype=np.float64), mask.sum(axis=1, dtype=np.float64)
    x = ((np.arange(across.size) + 0.5) * across).sum() / across.sum() / across.size
    y = ((np.arange(down.size) + 0.5) * down).sum() / down.sum() / down.size
    return float(x), float(y)


def _away(mask: Mask) -> Mask:
    """Clearly beside the product: its own outline is no busyness of the ground."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0)


def _touched(mask: Mask) -> float:
    """The largest share of a side of the frame that the product touches."""
    return float(max(mask[0].mean(), mask[-1].mean(), mask[:, 0].mean(), mask[:, -1].mean()))


def _symmetry(view: View) -> float:
    """Correlation of the grey with its mirror; an even picture is symmetric."""
    grey = view.grey - view.grey.mean()
    power = float((grey * grey).sum())
    return float((grey * grey[:, ::-1]).sum()) / power if power > grey.size * 0.25 else 1.0


def _outline_symmetry(mask: Mask) -> float:
    mirrored = mask[:, ::-1]
    either = int((mask | mirrored).sum())
    return int((mask & mirrored).sum()) / either if either else 1.0


def _compactness(mask: Mask) -> float:
    """Area of the largest piece by that of its convex hull."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(outlines, key=cv2.contourArea, default=None)
    if largest is None:
        return 1.0
    hull = cv2.contourArea(cv2.convexHull(largest))
    return float(np.clip(cv2.contourArea(largest) / hull, 0, 1)) if hull > 0 else 1.0
