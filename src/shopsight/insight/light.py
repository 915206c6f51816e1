"""How a photo is lit: light and dark, contrast, and how far the product stands off its ground."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shopsight.insight.view import Factor, Mask, Plane, View, mean_of, share_of, spread_of

CIE = "CIE 1976 lightness L*"
FACTORS = (
    Factor("brightness", "share", 0, 1, "how light the whole picture is: 0 black, 1 white", f"mean {CIE}"),
    Factor("contrast", "share", 0, 0.5, "how far light and dark lie apart", f"standard deviation of {CIE}"),
    Factor("highlight", "share", 0, 1, "how light the lightest parts are", f"{CIE}, 98 % are darker"),
    Factor("shadow", "share", 0, 1, "how light the darkest parts are", f"{CIE}, 2 % are darker"),
    Factor("subject_brightness", "share", 0, 1, "how light the product is", f"mean {CIE} inside the mask"),
    Factor("ground_brightness", "share", 0, 1, "how light the ground is", f"mean {CIE} outside the mask"),
    Factor("dark_share", "share", 0, 1, "how much of the picture is nearly black", "L* below 20"),
    Factor("blown_share", "share", 0, 1, "how much of the product is burnt out", "all channels at 250 or more"),
    Factor("ground_shading", "share", 0, 0.5, "how unevenly the ground is lit", f"standard deviation of {CIE}, ground"),
    Factor("separation", "Delta E", 0, 150, "how far product and ground differ in colour", "CIE76 of their means"),
)


def measure(view: View) -> dict[str, float]:
    """The factors of this file, for one photo."""
    lightness = view.lab[0]
    subject = [mean_of(plane, view.subject) for plane in view.lab]
    ground = [mean_of(plane, view.ground) for plane in view.lab]
    return {
        "brightness": mean_of(lightness) / 100,
        "contrast": spread_of(lightness) / 100,
        "highlight": _quantile(lightness, 0.98),
        "shadow": _quantile(lightness, 0.02),
        "subject_brightness": subject[0] / 100,
        "ground_brightness": ground[0] / 100,
        "dark_share": share_of(lightness < 20),
        "blown_share": share_of(_burnt_out(view), view.subject),
        "ground_shading": spread_of(lightness, view.ground) / 100,
        "separation": math.dist(subject, ground),
    }


def _quantile(lightness: Plane, share: float) -> float:
    """L* below which that share of the pixels lies, 0-1, by counting its 256 steps."""
    counts = np.bincount(np.rint(lightness * 2.55).astype(np.uint8).ravel(), minlength=256)
    return int(np.searchsorted(np.cumsum(counts), share * lightness.size)) / 255


def _burnt_out(view: View) -> Mask:
    return np.asarray(cv2.inRange(view.rgb, (250, 250, 250), (255, 255, 255)) > 0)
