"""Bytes in, pixels out: the one decoder of the house.

Whatever a shop or a shopper hands over becomes `(H, W, 3) uint8` RGB, upright, with transparency laid on white and
colours in sRGB; or a `BadPhoto` that says what is wrong and what would cure it. The content decides, never the file
name.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from shopsight.errors import BadPhoto, MissingExtra, TooLarge
from shopsight.types import Photo, Pixels

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
"""What is read without an extra (JPEG brings MPO along). A short list keeps rarely tested readers away from
strangers' bytes."""

MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "HEIF": "image/heic",
}

READABLE = "JPEG, PNG, WebP, AVIF, GIF, BMP, TIFF or HEIC"
_WRITERS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/avif": "AVIF"}
_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_MOST_SCANS = 500
"""A few kilobytes of progressive JPEG can ask for hours of work by thousands of scans; cameras write about ten."""


def decode(
    data: bytes,
    *,
    name: str = "photo",
    max_bytes: int = 20_000_000,
    max_pixels: int = 50_000_000,
    side_px: int | None = None,
) -> Pixels:
    """Read a picture file: `(H, W, 3) uint8` RGB, upright, alpha on white, the first frame of an animation.

    With `side_px` the caller says that it needs no more than this longest side. The result is then the whole picture,
    reduced by a whole factor so that its longest side lies between `side_px` and twice that (never enlarged); JPEGs
    are reduced while they are decoded, which is several times faster.

    Raises `TooLarge` (checked on the header, before any pixel is decoded), `BadPhoto`, or `MissingExtra` for HEIC.

    >>> decode(encode(np.full((4, 6, 3), 255, np.uint8))).shape
    (4, 6, 3)
    """
    with _opened(data, name, max_bytes, max_pixels) as image:
        _load(image, side_px)
        return np.array(_upright(_reduced(_in_rgb(image), side_px), _orientation(image)))


def inspect(data: bytes, *, name: str = "photo", max_bytes: int = 20_000_000, max_pixels: int = 50_000_000) -> Photo:
    """Name a picture by its bytes and measure it upright. Every byte is decoded, so that a cut file is refused here.

    Raises as `decode` does.
    """
    with _opened(data, name, max_bytes, max_pixels) as image:
        width_px, height_px = image.size
        _load(image, side_px=1)
        if _orientation(image) >= 5:
            width_px, height_px = height_px, width_px
        media_type = MEDIA_TYPES.get(image.format or "", "application/octet-stream")
        return Photo(hashlib.sha256(data).hexdigest(), width_px, height_px, media_type)


def upright_size(
    data: bytes, *, name: str = "photo", max_bytes: int = 20_000_000, max_pixels: int = 50_000_000
) -> tuple[int, int]:
    """Width and height of the upright picture, from its header alone. Raises as `decode` does."""
    with _opened(data, name, max_bytes, max_pixels) as image:
        width_px, height_px = image.size
        return (height_px, width_px) if _orientation(image) >= 5 else (width_px, height_px)


def encode(pixels: Pixels, media_type: str = "image/jpeg", quality: int = 88) -> bytes:
    """Write pixels as a picture file. `quality` (1-100) counts for JPEG, WebP and AVIF.

    Raises `BadPhoto` for a media type that is not written.
    """
    writer = _WRITERS.get(media_type)
    if writer is None:
        raise BadPhoto(media_type, "is not a format that is written", f"Use one of {', '.join(_WRITERS)}.")
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, writer, quality=quality)
    return out.getvalue()


def thumbnail(pixels: Pixels, side_px: int) -> Pixels:
    """The whole picture, its longest side at most `side_px`; a smaller one comes back as it is."""
    height, width = pixels.shape[:2]
    longest = max(height, width)
    if longest <= side_px:
        return pixels
    size = (max(1, round(width * side_px / longest)), max(1, round(height * side_px / longest)))
    # Lanczos with a reducing gap: as sharp as the full filter, at the price of a box filter on large photos.
    return np.array(
        Image.fromarray(np.ascontiguousarray(pixels)).resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    )


# ---- opening -------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(data: bytes, name: str, max_bytes: int, max_pixels: int) -> Iterator[Image.Image]:
    """The image, header read and limits checked; whatever a reader raises inside becomes a `BadPhoto`."""
    _check_bytes(data, name, max_bytes)
    formats = _formats_for(data, name)
    try:
        with _quiet(), Image.open(io.BytesIO(data), formats=formats) as image:
            _check_pixels(image, data, name, max_pixels)
            yield image
    except BadPhoto:
        raise
    except Image.DecompressionBombError as bomb:  # The reader's own limit, met while it reads the header.
        raise _too_many_pixels(name, int((re.findall(r"\d+", str(bomb)) or [0])[0]), max_pixels) from None
    except UnidentifiedImageError:
        raise BadPhoto(name, *_what_it_is(data)) from None
    except MemoryError:
        raise TooLarge(name, "needs more memory than there is", "Make the picture smaller.") from None
    # Readers of damaged files raise nearly anything (struct.error, SyntaxError, KeyError, ...): all mean the same here.
    except Exception as problem:
        raise BadPhoto(
            name, f"is damaged or cut off ({_brief(problem)})", "Send or export the picture again."
        ) from None


def _check_bytes(data: bytes, name: str, max_bytes: int) -> None:
    if not data:
        raise BadPhoto(name, "is empty (0 bytes)", "Send or export the picture again.")
    if len(data) > max_bytes:
        size = f"has {len(data) / 1e6:.1f} MB, the limit is {max_bytes / 1e6:.1f} MB"
        raise TooLarge(name, size, "Make the picture smaller, or raise max_photo_bytes.")


def _check_pixels(image: Image.Image, data: bytes, name: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise _too_many_pixels(name, width * height, max_pixels)
    if image.info.get("progressive") and data.count(b"\xff\xda") > _MOST_SCANS:
        raise BadPhoto(name, f"is a JPEG of more than {_MOST_SCANS} scans", "Save the picture again as a plain JPEG.")


def _too_many_pixels(name: str, count: int, max_pixels: int) -> TooLarge:
    reason = f"has {count / 1e6:.1f} million pixels, the limit is {max_pixels / 1e6:.1f} million"
    return TooLarge(name, reason, "Make the picture smaller, or raise max_photo_pixels.")


def _brief(problem: Exception) -> str:
    return re.sub(r"\s+", " ", str(problem))[:80] or type(problem).__name__


@dataclass
class _Quiet:
    """How many threads are decoding, and the filters that were there before the first of them."""

    depth: int = 0
    before: Any = None


_quiet_lock = threading.Lock()
_quiet_state = _Quiet()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the readers' warnings to themselves: a door must not print a stranger's odd EXIF.

    `warnings.catch_warnings` alone is not safe with threads, so that all threads that decode share one.
    """
    with _quiet_lock:
        if _quiet_state.depth == 0:
            _quiet_state.before = warnings.catch_warnings()
            _quiet_state.before.__enter__()
            warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)(\.|$)")
        _quiet_state.depth += 1
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_state.depth -= 1
            if _quiet_state.depth == 0:
                _quiet_state.before.__exit__(None, None, None)


# ---- what the bytes are --------------------------------------------------------------------------------------------


def _formats_for(data: bytes, name: str) -> list[str]:
    if not _is_heic(data):
        return list(FORMATS)
    try:
        import pillow_heif
    except ImportError:
        cure = "Install it: pip install 'shopsight[heic]' (or send a JPEG)."
        raise MissingExtra(name, "is a HEIC picture, which needs an extra library", cure) from None
    pillow_heif.register_heif_opener()
    return ["HEIF"]


def _is_heic(data: bytes) -> bool:
    if data[4:8] != b"ftyp":
        return False
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12]} | {data[i : i + 4] for i in range(16, length, 4)}
    return bool(brands & _HEIC_BRANDS) and not brands & _AVIF_BRANDS


_OTHERS = (
    (
        rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)",
        "is a web page, not a picture",
        "Save the picture itself.",
    ),
    (rb"(\s*<[?!][^>]*>)*\s*<svg", "is an SVG drawing, which has no pixels", "Export it as PNG or JPEG."),
    (rb"%PDF", "is a PDF document", "Export the page as PNG or JPEG."),
    (rb"8BPS", "is a Photoshop document", "Export it as PNG or JPEG."),
    (rb"PK\x03\x04", "is a ZIP archive", "Unpack it and send the pictures in it."),
    (rb".{4}ftyp|\x1aE\xdf\xa3", "is a video", "Send one frame of it as a picture."),
    (rb"\s*[{\[<]", "is text, not a picture", f"Send a {READABLE}."),
)


def _what_it_is(data: bytes) -> tuple[str, str]:
    """Reason and cure for bytes that no reader knows."""
    start = data[:2048].removeprefix(b"\xef\xbb\xbf")
    for pattern, reason, cure in _OTHERS:
        if re.match(pattern, start, re.IGNORECASE | re.DOTALL):
            return reason, cure
    return "is not a picture in a known format, or its beginning is damaged", f"Send a {READABLE}."


# ---- to upright RGB ------------------------------------------------------------------------------------------------


def _load(image: Image.Image, side_px: int | None) -> None:
    """Decode the pixels; a JPEG at an eighth, a quarter or a half where that is still at least `side_px` long."""
    if side_px is not None:
        factor = _factor(image.size, side_px)
        width, height = image.size
        image.draft(None, (-(-width // factor), -(-height // factor)))
    image.load()


def _factor(size: tuple[int, int], side_px: int) -> int:
    """The largest whole factor that leaves the longest side at least `side_px`."""
    return max(1, max(size) // max(1, side_px))


def _reduced(image: Image.Image, side_px: int | None) -> Image.Image:
    factor = 1 if side_px is None else _factor(image.size, side_px)
    return image if factor == 1 else image.reduce(factor)


def _orientation(image: Image.Image) -> int:
    """1-8; anything unreadable or odd counts as upright. Read after loading: TIFF turns itself and drops the tag."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
        return value if value in _UPRIGHT else 1
    except Exception:
        return 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _in_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        image = _deep_to_grey(image)
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        # The reader takes every CMYK JPEG for Adobe's, which stores ink inverted; without the marker it is not.
        image = _inverted(image)
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    return _in_srgb(image)


def _deep_to_grey(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and float grey to 8 bits. 16-bit keeps its own scale; other deep data fills the range."""
    values = np.nan_to_num(np.asarray(image).astype(np.float32), posinf=0.0, neginf=0.0)
    peak = float(values.max(initial=0.0))
    if image.mode.startswith("I;16") or (image.mode == "I" and 255 < peak <= 65535):
        values /= 257.0
    elif peak > 255 or 0 < peak <= 1:
        values *= 255.0 / peak
    return Image.fromarray(np.clip(values + 0.5, 0, 255).astype(np.uint8))


def _inverted(image: Image.Image) -> Image.Image:
    inverted = Image.fromarray(255 - np.asarray(image), "CMYK")
    inverted.info.update(image.info)
    return inverted


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGBA", image.size, "white")
    return _in_srgb(Image.alpha_composite(white, image).convert("RGB"), image.info.get("icc_profile"))


def _in_srgb(image: Image.Image, profile: bytes | None = None) -> Image.Image:
    """Phones write Display P3 and printers CMYK with a profile: the same shirt must not change colour by camera."""
    profile = profile or image.info.get("icc_profile")
    if (
        profile
        and b"sRGB" not in profile[:4096]
        and b"s\0R\0G\0B" not in profile[:4096]
        and image.mode in ("RGB", "CMYK")
    ):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return turned if turned is not None else image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # A broken profile is no reason to refuse a good picture.
    return image if image.mode == "RGB" else image.convert("RGB")
