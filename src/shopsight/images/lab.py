"""The laboratory's one table: every operation with its name, its parameters and their ranges.

The command line, the HTTP API and the console's page are made from it, so an operation is added here and nowhere else:
write the function in its room (`smooth.py`, `edges.py` ...), then one entry below.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Literal, cast

from shopsight.errors import BadInput, NotFound, TooLarge
from shopsight.images.picture import Picture, check_picture

Value = float | int | bool | str
Kind = Literal["number", "whole", "choice", "switch"]
MOST_PIXELS = 16_000_000
"""A phone's photo passes; a Fourier transform of more would not fit into a small machine's memory."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One knob: its name in the function, what it is, its range in `unit`, and where it stands at first."""

    name: str
    kind: Kind
    default: Value
    summary: str
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    unit: str = ""
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """How the command line writes it: `--sigma-px`."""
        return "--" + self.name.replace("_", "-")

    def read(self, given: object) -> Value:
        """`given`, a number or text, as a value of this knob. Raises `BadInput` naming the range."""
        if self.kind == "choice":
            return self._choice(given)
        if self.kind == "switch":
            return self._switch(given)
        number = _number(given)
        if number is None or not self.low <= number <= self.high or (self.kind == "whole" and number != int(number)):
            what = "whole number" if self.kind == "whole" else "number"
            raise self._refused(given, f"Give a {what} from {self.low:g} to {self.high:g}{self._in_unit}.")
        return int(number) if self.kind == "whole" else number

    @property
    def _in_unit(self) -> str:
        return f" {self.unit}" if self.unit else ""

    def _choice(self, given: object) -> str:
        text = str(given).strip().lower().replace("-", " ")
        # Names of wavelets hold no space, those of methods do; people type dashes for these.
        found = next((choice for choice in self.choices if choice.replace("-", " ") == text), None)
        if found is None:
            raise self._refused(given, f"Use one of {', '.join(self.choices)}.")
        return found

    def _switch(self, given: object) -> bool:
        found = given if isinstance(given, bool) else _SWITCH.get(str(given).strip().lower())
        if found is None:
            raise self._refused(given, "Use yes or no.")
        return found

    def _refused(self, given: object, cure: str) -> BadInput:
        return BadInput(self.name, f"{str(given)[:40]!r} does not fit", cure)


_SWITCH = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


def _number(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        number = float(given)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing the laboratory does: `place` is "file:function" in this folder."""

    name: str
    title: str
    group: str
    summary: str
    place: str
    parameters: tuple[Parameter, ...] = ()

    @property
    def function(self) -> Callable[..., Picture]:
        """The function behind it, imported when it is asked for."""
        room, _, name = self.place.partition(":")
        return cast(Callable[..., Picture], getattr(import_module(f"shopsight.images.{room}"), name))

    def settle(self, given: Mapping[str, object]) -> dict[str, Value]:
        """A value for every parameter: what was given, read and checked, else the default.

        Raises `BadInput` for a name it does not have, and for a value outside its range.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                has = f"It has {', '.join(known)}." if known else "It takes none."
                raise BadInput(str(name)[:60], f"{self.name} has no such parameter", has)
        return {name: one.read(given.get(name, one.default)) for name, one in known.items()}

    def apply(self, picture: Picture, given: Mapping[str, object] = MappingProxyType({})) -> Picture:
        """Do it to a photo `(H, W, 3) uint8` or a plane `(H, W) float32`; the same kind comes back.

        Raises `BadInput` as `settle` does, `BadPhoto` for what is no picture, `TooLarge` beyond `MOST_PIXELS`.
        """
        values = self.settle(given)
        check_picture(picture)
        count = picture.shape[0] * picture.shape[1]
        if count > MOST_PIXELS:
            reason = f"{count / 1e6:.1f} million pixels, the laboratory takes {MOST_PIXELS / 1e6:.0f} million"
            raise TooLarge("picture", reason, "Make it smaller first (--side 2048).")
        return self.function(picture, **values)


# ---- knobs that several operations share ---------------------------------------------------------------------------


def _number_of(
    name: str, default: float, low: float, high: float, summary: str, unit: str = "", step: float = 0.01
) -> Parameter:
    return Parameter(name, "number", default, summary, low, high, step, unit)


def _count_of(name: str, default: int, low: int, high: int, summary: str, unit: str = "", step: int = 1) -> Parameter:
    return Parameter(name, "whole", default, summary, low, high, step, unit)


def _one_of(name: str, default: str, summary: str, *choices: str) -> Parameter:
    return Parameter(name, "choice", default, summary, choices=choices)


def _yes_or_no(name: str, default: bool, summary: str) -> Parameter:
    return Parameter(name, "switch", default, summary)


def _reach(default: int) -> tuple[Parameter, Parameter]:
    return (
        _count_of("radius_px", default, 0, 25, "How far the shape reaches from its middle.", "px"),
        _one_of("shape", "disc", "The shape that is moved over the picture.", "disc", "square", "cross"),
    )


def _wavelet(default: str) -> Parameter:
    names = ("haar", "db2", "db4", "sym4", "coif1", "bior2.2", "bior4.4")
    return _one_of("wavelet", default, "From blocks (haar) to smooth (bior4.4).", *names)


def _gain(default: float) -> Parameter:
    return _number_of("gain", default, 0.5, 20, "How much stronger it is shown.", "×", 0.5)


_DIRECTION = _one_of("direction", "both", "Which way the light has to change.", "both", "across", "down")
_ORDER = _count_of("order", 2, 1, 10, "How steep the flank is; steep ones ring.")
_THRESHOLD = _number_of("threshold", -1, -1, 1, "Luma that counts as bright; below 0 it is found (Otsu).")
_DARK = _yes_or_no("dark", False, "Take what is darker instead.")
_SPACE_CHANNELS = ("red", "green", "blue", "hue", "saturation", "value", "lightness", "a", "b", "luma")

# ---- the table -----------------------------------------------------------------------------------------------------

_ALL = (
    Operation(
        "white-background", "White background", "product", "Lay the product on white, with a soft edge.",
        "cutting:onto_white",
        (
            _number_of("edge_px", 1.5, 0, 12, "How soft the edge is.", "px", 0.5),
            _number_of("shadow", 0, 0, 1, "How much of its shadow stays."),
        ),
    ),
    Operation(
        "crop", "Crop to product", "product", "Cut the photo to its product.", "cutting:crop_to_product",
        (
            _number_of("margin", 0.06, 0, 0.5, "Room around it, as a share of its longest side."),
            _yes_or_no("square", False, "As wide as high."),
        ),
    ),
    Operation("product-mask", "Product mask", "product", "Which pixels belong to the product.", "cutting:product_view"),
    Operation(
        "white-balance", "White balance", "light", "Take the colour of the lamp away.", "restore:white_balance",
        (
            _one_of("method", "grey world", "What is taken to be grey.", "grey world", "white patch", "grey edge"),
            _number_of("amount", 1, 0, 1, "How much of the way."),
        ),
    ),
    Operation(
        "levels", "Light and contrast", "light", "Brighter, darker, harder, softer.", "restore:levels",
        (
            _number_of("brightness", 0, -1, 1, "Added light."),
            _number_of("contrast", 1, 0, 4, "Spread about middle grey.", "×", 0.05),
            _number_of("gamma", 1, 0.2, 4, "Above 1 lifts the shadows.", "", 0.05),
        ),
    ),
    Operation(
        "local-contrast", "Local contrast", "light", "Even out light and shade (CLAHE).", "restore:local_contrast",
        (
            _number_of("limit", 2, 0.5, 10, "How far contrast may grow.", "×", 0.5),
            _count_of("tiles", 8, 1, 16, "Parts along each side."),
        ),
    ),
    Operation(
        "sharpen", "Sharpen", "light", "Unsharp masking.", "restore:sharpen",
        (
            _number_of("sigma_px", 1.2, 0, 10, "How fine the detail is.", "px", 0.1),
            _number_of("amount", 0.8, 0, 5, "How much is added.", "×", 0.1),
            _number_of("threshold", 0.01, 0, 0.2, "Contrast that is left alone.", "", 0.005),
        ),
    ),
    Operation(
        "denoise", "Denoise", "light", "Average what looks alike (non-local means).", "restore:denoise",
        (
            _number_of("strength", 0.03, 0, 0.2, "The noise, as a share of full light.", "", 0.005),
            _count_of("search_px", 15, 3, 21, "How far is looked.", "px", 2),
        ),
    ),
    Operation(
        "add-noise", "Add noise", "light", "White noise, to try the cleaners on.", "restore:add_noise",
        (
            _number_of("sigma", 0.05, 0, 0.5, "Spread, as a share of full light."),
            _count_of("seed", 0, 0, 9999, "The same seed, the same noise."),
        ),
    ),
    Operation("invert", "Invert", "light", "Black becomes white.", "restore:invert"),
    Operation("grey", "Grey", "colour", "Luma only (Rec. 601).", "spaces:grey"),
    Operation(
        "channel", "One channel", "colour", "One channel of RGB, HSV or Lab as a grey picture F(x, y).",
        "spaces:channel", (_one_of("name", "saturation", "Which channel.", *_SPACE_CHANNELS),),
    ),
    Operation(
        "false-colour", "False colour", "colour", "The three channels of a space shown as red, green and blue.",
        "spaces:false_colour", (_one_of("space", "hsv", "Which space.", "rgb", "hsv", "lab"),),
    ),
    Operation(
        "turn-colours", "Turn colours", "colour", "Turn the hue, strengthen or fade: the blue shirt in green.",
        "spaces:turn_colours",
        (
            _number_of("hue_degrees", 0, -180, 180, "How far the hue turns.", "°", 1),
            _number_of("saturation", 1, 0, 3, "How colourful.", "×", 0.05),
            _number_of("value", 1, 0, 3, "How bright.", "×", 0.05),
        ),
    ),
    Operation(
        "surface", "Surface", "colour", "The picture as hills: F(x, y) drawn as height.", "spaces:surface",
        (
            _number_of("height_share", 0.35, 0.02, 0.8, "How high full light stands."),
            _number_of("tilt_share", 0.5, 0.05, 1, "From the side (0) to from above (1)."),
        ),
    ),
    Operation(
        "profile", "Profile", "colour", "The values along one row as curves F(x).", "spaces:profile_view",
        (_number_of("row_share", 0.5, 0, 1, "Which row, from top (0) to bottom (1)."),),
    ),
    Operation(
        "blur", "Gaussian blur", "smooth", "Soft, the mean kept.", "smooth:gaussian",
        (_number_of("sigma_px", 2, 0, 40, "How wide the bell is.", "px", 0.5),),
    ),
    Operation(
        "median", "Median", "smooth", "Specks go, edges stay.", "smooth:median",
        (_count_of("side_px", 5, 1, 31, "Side of the neighbourhood, odd.", "px", 2),),
    ),
    Operation(
        "keep-edges", "Edge-keeping blur", "smooth", "Blur among like colours only (bilateral).", "smooth:keep_edges",
        (
            _number_of("sigma_px", 5, 0.5, 8, "How far.", "px", 0.5),
            _number_of("contrast", 0.1, 0.01, 1, "Difference that counts as an edge."),
        ),
    ),
    Operation(
        "pixelate", "Pixelate", "smooth", "Blocks in their mean colour.", "smooth:pixelate",
        (_count_of("block_px", 12, 1, 200, "Side of a block.", "px"),),
    ),
    Operation(
        "pyramid", "Gaussian pyramid", "smooth", "The picture and its halves on one sheet.", "smooth:pyramid_view",
        (_count_of("levels", 4, 1, 10, "How many sizes."),),
    ),
    Operation(
        "blur-difference", "Difference of Gaussians", "smooth", "Detail between two sizes.",
        "smooth:between_blurs_view",
        (
            _number_of("fine_px", 1, 0, 20, "The smaller blur.", "px", 0.5),
            _number_of("coarse_px", 4, 0, 40, "The larger blur.", "px", 0.5),
            _gain(3),
        ),
    ),
    Operation("erode", "Erode", "shapes", "Bright things shrink.", "morphology:erode", _reach(3)),
    Operation("dilate", "Dilate", "shapes", "Bright things grow.", "morphology:dilate", _reach(3)),
    Operation("open", "Open", "shapes", "Bright specks and hairs go.", "morphology:open_shapes", _reach(3)),
    Operation("close", "Close", "shapes", "Dark gaps close.", "morphology:close_shapes", _reach(3)),
    Operation("outline", "Gradient", "shapes", "The rim of every shape.", "morphology:outline", _reach(1)),
    Operation("top-hat", "Top-hat", "shapes", "Small bright detail alone.", "morphology:top_hat", _reach(9)),
    Operation(
        "black-hat", "Black-hat", "shapes", "Small dark detail alone: seams, print.", "morphology:black_hat", _reach(9)
    ),
    Operation("threshold", "Threshold", "shapes", "Black and white.", "morphology:threshold", (_THRESHOLD, _DARK)),
    Operation(
        "skeleton", "Skeleton", "shapes", "Middle lines of bright shapes.", "morphology:skeleton", (_THRESHOLD, _DARK)
    ),
    Operation("sobel", "Sobel", "edges", "How steep the light changes.", "edges:sobel", (_DIRECTION, _gain(4))),
    Operation("scharr", "Scharr", "edges", "The same, fairer to slants.", "edges:scharr", (_DIRECTION, _gain(4))),
    Operation(
        "laplacian", "Laplacian", "edges", "Second slope, around middle grey.", "edges:laplacian",
        (_number_of("sigma_px", 1, 0, 10, "Blur before it.", "px", 0.1), _gain(2)),
    ),
    Operation(
        "canny", "Canny", "edges", "Thin outlines.", "edges:canny",
        (
            _number_of("low", 0.1, 0, 1, "Contrast of an edge that touches a strong one."),
            _number_of("high", 0.25, 0, 1, "Contrast of a strong edge."),
            _number_of("sigma_px", 1.4, 0, 10, "Blur before it.", "px", 0.1),
        ),
    ),
    Operation(
        "spectrum", "Fourier spectrum", "waves", "The strength of every wave, the slowest in the middle.",
        "frequency:spectrum_view", (_yes_or_no("window", True, "Fade the rim first."),),
    ),
    Operation(
        "low-pass", "Low pass", "waves", "Keep slow waves.", "frequency:low_pass",
        (_number_of("cutoff", 0.06, 0.002, 0.5, "Where half is left.", "cycles/px", 0.002), _ORDER),
    ),
    Operation(
        "high-pass", "High pass", "waves", "Keep fast waves, around middle grey.", "frequency:high_pass",
        (_number_of("cutoff", 0.06, 0.002, 0.5, "Where half is left.", "cycles/px", 0.002), _ORDER),
    ),
    Operation(
        "band-pass", "Band pass", "waves", "Keep the waves between two.", "frequency:band_pass",
        (
            _number_of("slowest", 0.03, 0, 0.5, "Slower ones go.", "cycles/px", 0.002),
            _number_of("fastest", 0.15, 0.002, 0.5, "Faster ones go.", "cycles/px", 0.002),
            _ORDER,
        ),
    ),
    Operation(
        "wavelet-parts", "Wavelet parts", "wavelets", "Every scale and direction on one sheet.",
        "wavelets:decompose_view",
        (_wavelet("db2"), _count_of("levels", 2, 1, 6, "How many scales."), _gain(3)),
    ),
    Operation(
        "wavelet-denoise", "Wavelet denoise", "wavelets", "Shrink detail that is as small as the noise.",
        "wavelets:denoise",
        (
            _number_of("strength", 1, 0, 5, "Times the threshold that is found.", "×", 0.1),
            _wavelet("sym4"),
            _count_of("levels", 4, 1, 8, "How many scales."),
        ),
    ),
    Operation(
        "wavelet-compress", "Wavelet compress", "wavelets", "Rebuild it from its largest coefficients.",
        "wavelets:compress",
        (
            _number_of("keep_share", 0.05, 0.001, 1, "Share of coefficients kept.", "", 0.001),
            _wavelet("bior4.4"),
            _count_of("levels", 5, 1, 8, "How many scales."),
        ),
    ),
)  # fmt: skip
OPERATIONS: Mapping[str, Operation] = MappingProxyType({operation.name: operation for operation in _ALL})
GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "product": "Product",
        "light": "Light and noise",
        "colour": "Colour and values",
        "smooth": "Smooth",
        "shapes": "Shapes",
        "edges": "Edges",
        "waves": "Waves",
        "wavelets": "Wavelets",
    }
)
"""The groups in the order in which pages and lists show them."""


def operation(name: str) -> Operation:
    """The operation of that name. Raises `NotFound` and says what comes near.

    >>> operation("blur").settle({"sigma_px": "3"})
    {'sigma_px': 3.0}
    """
    found = OPERATIONS.get(name)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(name[:60], OPERATIONS, n=3)
        meant = f"Did you mean {' or '.join(near)}?" if near else "See `shopsight image list`."
        raise NotFound(f"operation {name[:60]!r}", "the laboratory has none of that name", meant)
    return found
