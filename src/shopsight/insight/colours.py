"""Which colours a photo has: how strong, how warm, how many, and which one leads."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from shopsight.images.colour import count_colours
from shopsight.insight.view import Factor, View, mean_of, share_of, spread_of

ORANGE = np.radians(60.0)
"""The warmest hue in CIELAB; its opposite, blue, is the coldest."""
GREY_CHROMA = 6.0
FACTORS = (
    Factor("saturation", "share", 0, 1, "how strong the colours are", "mean CIELAB chroma / 100"),
    Factor("subject_saturation", "share", 0, 1, "how strong the product's colours are", "the same inside the mask"),
    Factor("colourfulness", "index", 0, 150, "how colourful people call it", "Hasler and Suesstrunk 2003"),
    Factor("warmth", "-1 to 1", -1, 1, "blue is -1, orange 1", "mean cosine to hue 60 degrees, by chroma / 20, to 1"),
    Factor("redness", "a*", -80, 80, "the product from green to red", "mean CIELAB a* inside the mask"),
    Factor("yellowness", "b*", -80, 80, "the product from blue to yellow", "mean CIELAB b* inside the mask"),
    Factor("dominant_hue", "degrees", 0, 360, "the leading hue: 0 pink, 90 yellow, 180 green, 270 blue",
           "circular mean of CIELAB hue, weighed by chroma", circular=True),
    Factor("hue_spread", "share", 0, 1, "0 one hue, 1 all of them", "one less the resultant's length (Fisher 1993)"),
    Factor("palette_size", "colours", 1, 10, "how many shop colours cover a tenth or more", "images.colour"),
    Factor("palette_variety", "colours", 1, 21, "how many colours it looks like", "exp of the colour shares' entropy"),
    Factor("grey_share", "share", 0, 1, "how much of the picture has no colour", "CIELAB chroma below 6"),
)  # fmt: skip


def measure(view: View) -> dict[str, float]:
    """The factors of this file, for one photo."""
    redness, yellowness = (mean_of(plane, view.subject) for plane in view.lab[1:])
    strength = mean_of(view.chroma, view.subject)
    shares = count_colours(view.rgb, view.mask.astype(np.float32))
    known = shares[shares > 1e-6].astype(np.float64)
    return {
        "saturation": mean_of(view.chroma) / 100,
        "subject_saturation": strength / 100,
        "colourfulness": colourfulness(view.rgb),
        "warmth": _warmth(view),
        "redness": redness,
        "yellowness": yellowness,
        **_lead(redness, yellowness, strength),
        "palette_size": float(max(1, int((shares >= 0.1).sum()))),
        "palette_variety": float(np.exp(-(known * np.log(known)).sum())),
        "grey_share": share_of(view.chroma < GREY_CHROMA),
    }


def colourfulness(rgb: NDArray[np.uint8]) -> float:
    """Hasler and Suesstrunk (2003), M3: spread and mean of red against green and of yellow against blue.

    0 is grey; about 15 slightly, 33 averagely, 59 quite, 82 highly colourful to people.
    """
    red, green, blue = (plane.astype(np.float32) for plane in cv2.split(rgb))
    red_green, yellow_blue = red - green, (red + green) * np.float32(0.5) - blue
    spread = math.hypot(spread_of(red_green), spread_of(yellow_blue))
    return spread + 0.3 * math.hypot(mean_of(red_green), mean_of(yellow_blue))


def _warmth(view: View) -> float:
    """Each pixel counts by its chroma, up to 20: a grey one is neither warm nor cold."""
    _, a, b = view.lab
    towards = a * np.float32(np.cos(ORANGE)) + b * np.float32(np.sin(ORANGE))
    return mean_of(towards / np.maximum(view.chroma, np.float32(20)))


def _lead(a: float, b: float, strength: float) -> dict[str, float]:
    """The leading hue in degrees, and how far the hues scatter, from the product's mean colour and mean chroma.

    Grey has hue 0 and no scatter.
    """
    if strength < 1:
        return {"dominant_hue": 0.0, "hue_spread": 0.0}
    scatter = 1 - math.hypot(a, b) / strength
    return {"dominant_hue": math.degrees(math.atan2(b, a)) % 360, "hue_spread": min(1.0, max(0.0, scatter))}
