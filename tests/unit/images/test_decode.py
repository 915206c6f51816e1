"""Whatever comes in becomes upright RGB, or a clear refusal."""

from __future__ import annotations

import builtins
import hashlib
import io
import struct
import threading
import warnings
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from shopsight.errors import BadPhoto, MissingExtra, TooLarge
from shopsight.images.decode import decode, encode, inspect, thumbnail
from shopsight.types import Pixels

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 180, 60), (40, 60, 220), (240, 220, 40)


def four_corners(height: int = 64, width: int = 96) -> Pixels:
    """Red, green / blue, yellow: every turn and mirror of it looks different."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :] = RED, GREEN
    pixels[height // 2 :, : width // 2], pixels[height // 2 :, width // 2 :] = BLUE, YELLOW
    return pixels


def smooth(height: int = 480, width: int = 640) -> Pixels:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [127 + 100 * np.sin(x / 60 + k) * np.cos(y / 80 - k) for k in range(3)]
    return np.stack(waves, axis=2).astype(np.uint8)


def saved(image: Image.Image, file_format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def far(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


TURNS = {
    1: lambda p: p,
    2: np.fliplr,
    3: lambda p: np.rot90(p, 2),
    4: np.flipud,
    5: lambda p: np.transpose(p, (1, 0, 2)),
    6: lambda p: np.rot90(p, 1),  # stored so that turning it 90 degrees clockwise makes it upright
    7: lambda p: np.rot90(np.transpose(p, (1, 0, 2)), 2),
    8: lambda p: np.rot90(p, -1),
}


@pytest.mark.parametrize("side_px", [None, 20])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_every_exif_orientation_comes_out_upright(orientation: int, file_format: str, side_px: int | None) -> None:
    truth = four_corners()
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(TURNS[orientation](truth)))
    data = saved(stored, file_format, exif=exif.tobytes(), **({"quality": 95} if file_format != "TIFF" else {}))
    upright = decode(data, side_px=side_px)
    photo = inspect(data)
    assert (photo.height_px, photo.width_px) == truth.shape[:2]
    assert abs(upright.shape[1] / upright.shape[0] - 1.5) < 0.05
    expected = np.asarray(Image.fromarray(truth).resize(upright.shape[1::-1], Image.Resampling.BOX))
    assert far(upright, expected) < 8


@pytest.mark.parametrize(
    ("file_format", "media_type", "options"),
    [
        ("JPEG", "image/jpeg", {"quality": 95}),
        ("PNG", "image/png", {}),
        ("GIF", "image/gif", {}),
        ("WEBP", "image/webp", {"quality": 95}),
        ("AVIF", "image/avif", {"quality": 95}),
        ("BMP", "image/bmp", {}),
        ("TIFF", "image/tiff", {"compression": "tiff_lzw"}),
        ("MPO", "image/jpeg", {"quality": 95}),
    ],
)
def test_each_format_reads_under_any_name(file_format: str, media_type: str, options: dict[str, Any]) -> None:
    data = saved(Image.fromarray(four_corners()), file_format, **options)
    assert far(decode(data, name="mislabelled.jpg"), four_corners()) < 6
    photo = inspect(data, name="mislabelled.jpg")
    assert (photo.media_type, photo.width_px, photo.height_px) == (media_type, 96, 64)
    assert photo.id == hashlib.sha256(data).hexdigest()


def test_heic_reads_with_the_extra() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(four_corners())).save(out, quality=95)
    assert far(decode(out.getvalue()), four_corners()) < 6
    assert inspect(out.getvalue()).media_type == "image/heic"


def test_heic_without_the_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_heif(name: str, *rest: Any, **more: Any) -> Any:
        if name == "pillow_heif":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_heif)
    data = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)
    with pytest.raises(MissingExtra, match=r"pip install 'shopsight\[heic\]'"):
        decode(data, name="IMG_1.HEIC")


@pytest.mark.parametrize("side_px", [None, 24])
def test_cmyk_keeps_its_colours(side_px: int | None) -> None:
    data = saved(Image.fromarray(four_corners()).convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data
    assert far(thumbnail(decode(data, side_px=side_px), 24), thumbnail(four_corners(), 24)) < 8


def test_cmyk_without_adobes_marker_is_not_inverted() -> None:
    """Without the marker ink is stored as ink: strip the marker, invert the data, and the picture is the same."""
    ink = np.asarray(Image.fromarray(four_corners()).convert("CMYK"))
    data = saved(Image.fromarray(255 - ink, "CMYK"), "JPEG", quality=95)
    start = data.index(b"\xff\xee")
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    assert far(decode(data[:start] + data[start + 2 + length :]), four_corners()) < 8


def test_a_palette_with_transparency_lies_on_white() -> None:
    image = Image.fromarray(four_corners()).quantize(4)
    clear = image.getpixel((0, 0))
    pixels = decode(saved(image, "PNG", transparency=clear))
    assert pixels[5, 5].tolist() == [255, 255, 255]
    assert far(pixels[40:, 60:], four_corners()[40:, 60:]) < 3


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "AVIF", "TIFF"])
def test_alpha_lies_on_white(file_format: str) -> None:
    rgba = np.dstack([four_corners(), np.full((64, 96), 255, np.uint8)])
    rgba[:20, :, 3], rgba[20:32, :, 3] = 0, 128
    options = {"lossless": True} if file_format == "WEBP" else {"quality": 98} if file_format == "AVIF" else {}
    pixels = decode(saved(Image.fromarray(rgba), file_format, **options))
    assert far(pixels[4:16], np.full_like(pixels[4:16], 255)) < 3
    half = (four_corners()[26:27, 10:11].astype(int) + 255) // 2
    assert np.abs(pixels[26, 10].astype(int) - half[0, 0]).max() <= 6
    assert far(pixels[40:60], four_corners()[40:60]) < 6


def test_grey_with_alpha_lies_on_white() -> None:
    la = Image.merge("LA", [Image.new("L", (8, 8), 0), Image.new("L", (8, 8), 0)])
    assert decode(saved(la, "PNG")).min() == 255


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_sixteen_bits_become_eight(file_format: str) -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint16) * 257, (16, 1))
    pixels = decode(saved(Image.fromarray(ramp), file_format))
    assert pixels.shape == (16, 256, 3)
    assert np.array_equal(pixels[3, :, 1], np.arange(256))


def test_a_dark_sixteen_bit_picture_stays_dark() -> None:
    assert decode(saved(Image.fromarray(np.full((8, 8), 257 * 9, np.uint16)), "PNG")).max() == 9


def test_sixteen_bit_colour_becomes_eight() -> None:
    rows = b"".join(b"\0" + struct.pack(">3H", 0xFFFF, 0x8080, 0) * 4 for _ in range(4))
    data = png_header(4, 4, bits=16) + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    assert decode(data)[2, 2].tolist() == [255, 128, 0]


@pytest.mark.parametrize("scale", [1.0, 255.0, 4000.0])
def test_float_grey_is_scaled(scale: float) -> None:
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32) * scale, (8, 1))
    pixels = decode(saved(Image.fromarray(ramp), "TIFF"))
    assert pixels[0, 0, 0] == 0
    assert pixels[0, -1, 0] >= 240
    assert np.all(np.diff(pixels[0, :, 0].astype(int)) >= 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P"])
def test_modes_of_few_colours(mode: str) -> None:
    image = Image.fromarray(smooth(40, 60)).convert(mode)
    truth = np.asarray(image.convert("L").convert("RGB") if mode != "P" else image.convert("RGB"))
    assert far(decode(saved(image, "PNG")), truth) < 2


@pytest.mark.parametrize(("file_format", "options"), [("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {})])
def test_an_animation_gives_its_first_frame(file_format: str, options: dict[str, Any]) -> None:
    frames = [Image.new("RGB", (30, 20), colour) for colour in (RED, GREEN, BLUE)]
    data = saved(frames[0], file_format, save_all=True, append_images=frames[1:], duration=100, **options)
    with Image.open(io.BytesIO(data)) as image:
        assert getattr(image, "n_frames", 1) == 3
    assert far(decode(data), np.full((20, 30, 3), RED, np.uint8)) < 2


def strange_profile() -> bytes:
    """A colour profile like sRGB, but what it calls red is green and the other way round; and under another name."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name in ("sRGB", "s\0R\0G\0B"):
        profile = profile.replace(name.encode(), b"x" * len(name))
    return profile.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
def test_colours_are_read_by_the_files_own_profile(file_format: str) -> None:
    image = Image.new("RGB", (8, 8), (200, 80, 60))
    pixels = decode(saved(image, file_format, icc_profile=strange_profile(), quality=98))
    assert np.abs(pixels[4, 4].astype(int) - (80, 200, 60)).max() < 8


def test_srgb_and_broken_profiles_change_nothing() -> None:
    image = Image.new("RGB", (8, 8), (200, 80, 60))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert far(decode(saved(image, "PNG", icc_profile=srgb)), np.asarray(image)) == 0
    assert far(decode(saved(image, "PNG", icc_profile=b"not a profile at all")), np.asarray(image)) == 0


# ---- scaled decoding -----------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 700),
    width=st.integers(1, 700),
    side_px=st.integers(1, 400),
    file_format=st.sampled_from(["JPEG", "PNG"]),
)
def test_a_scaled_picture_is_long_enough_and_not_too_long(
    height: int, width: int, side_px: int, file_format: str
) -> None:
    data = saved(Image.fromarray(smooth(height, width)), file_format)
    longest = max(decode(data, side_px=side_px).shape[:2])
    assert min(side_px, max(height, width)) <= longest <= max(2 * side_px, 1)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("side_px", [80, 128, 224, 300, 640, 2000])
def test_a_scaled_picture_looks_like_the_whole_one(side_px: int, file_format: str) -> None:
    whole = smooth(480, 640)
    data = saved(Image.fromarray(whole), file_format, quality=95)
    scaled = decode(data, side_px=side_px)
    expected = np.asarray(Image.fromarray(whole).resize(scaled.shape[1::-1], Image.Resampling.BOX))
    assert far(scaled, expected) < 2.5
    assert scaled.flags.writeable
    assert scaled.flags.c_contiguous


def test_real_photos_scaled_look_like_the_whole(shared_data: Path) -> None:
    for path in sorted((shared_data / "clothing").rglob("*.jpg"))[:20]:
        data = path.read_bytes()
        scaled = decode(data, side_px=100)
        whole = Image.fromarray(decode(data)).resize(scaled.shape[1::-1], Image.Resampling.BOX)
        assert far(scaled, np.asarray(whole)) < 8, path
        assert np.abs(scaled.mean((0, 1)) - np.asarray(whole).mean((0, 1))).max() < 1, path


# ---- refusals ------------------------------------------------------------------------------------------------------


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header(width: int, height: int, bits: int = 8) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0))


@pytest.mark.parametrize("read", [decode, inspect])
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b"\xef\xbb\xbf  \n<HTML lang=de>", "web page"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "SVG"),
        (b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg width="10"></svg>', "SVG"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"8BPS\0\1", "Photoshop"),
        (b"PK\x03\x04....", "ZIP"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video"),
        (b'{"error": "not found"}', "text"),
        (b"hello", "not a picture"),
        (b"\xff\xd8\xff\xe0 then nothing", "damaged"),
    ],
)
def test_what_is_not_a_picture_is_named(read: Any, data: bytes, reason: str) -> None:
    with pytest.raises(BadPhoto, match=reason) as caught:
        read(data, name="cover.jpg")
    assert caught.value.item == "cover.jpg"
    assert caught.value.cure


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP"])
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.95])
def test_a_cut_file_is_refused(file_format: str, kept: float) -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noisy), file_format)
    for read in (decode, inspect, lambda d: decode(d, side_px=20)):
        with pytest.raises(BadPhoto):
            read(data[: int(len(data) * kept)])


def test_too_many_bytes() -> None:
    with pytest.raises(TooLarge, match=r"50\.0 MB.*20\.0 MB"):
        decode(b"\xff\xd8" + bytes(50_000_000 - 2))


def test_a_pixel_bomb_is_refused_by_its_header() -> None:
    """200 megapixels: the body is not even there, so nothing but the header can have been read."""
    with pytest.raises(TooLarge, match=r"200\.0 million pixels, the limit is 50\.0 million"):
        inspect(png_header(20_000, 10_000) + png_chunk(b"IDAT", b""), max_pixels=50_000_000)
    with pytest.raises(TooLarge):
        decode(png_header(60_000, 60_000) + png_chunk(b"IDAT", b""))


def test_the_pixel_limit_is_the_callers() -> None:
    data = encode(four_corners(10, 10))
    assert decode(data, max_pixels=100).shape == (10, 10, 3)
    with pytest.raises(TooLarge):
        decode(data, max_pixels=99)


def test_a_bomb_of_scans_is_refused() -> None:
    data = saved(Image.fromarray(four_corners()), "JPEG", progressive=True)
    assert decode(data).shape == (64, 96, 3)
    last = data.rindex(b"\xff\xda")
    with pytest.raises(BadPhoto, match="scans"):
        decode(data[:-2] + data[last:-2] * 600 + data[-2:])


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_bad_photo(data: bytes) -> None:
    for read in (decode, inspect):
        with pytest.raises(BadPhoto):
            read(data)


MAGIC = [
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"RIFF\x40\0\0\0WEBPVP8 ",
    b"BM",
    b"II*\0\x08\0\0\0",
    b"MM\0*",
]
MAGIC += [b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"]


@settings(max_examples=300, deadline=None)
@given(start=st.sampled_from(MAGIC), rest=st.binary(max_size=300))
def test_random_bytes_after_a_known_beginning(start: bytes, rest: bytes) -> None:
    # A picture of a few pixels may come about by chance; anything else must be a clear refusal.
    with suppress(BadPhoto, MissingExtra):
        assert decode(start + rest, max_pixels=1_000_000).dtype == np.uint8


WHOLE = {
    kind: saved(Image.fromarray(smooth(40, 50)), kind) for kind in ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP")
}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kind=st.sampled_from(sorted(WHOLE)), where=st.floats(0, 1), bytes_in=st.binary(min_size=1, max_size=12))
def test_damaged_files_give_pixels_or_a_refusal(kind: str, where: float, bytes_in: bytes) -> None:
    whole = WHOLE[kind]
    at = int(where * (len(whole) - len(bytes_in)))
    data = whole[:at] + bytes_in + whole[at + len(bytes_in) :]
    for side_px in (None, 16):
        with suppress(BadPhoto):
            assert decode(data, max_pixels=4_000_000, side_px=side_px).shape[2] == 3


@settings(max_examples=200, deadline=None)
@given(
    body=st.binary(max_size=120),
    prefix=st.sampled_from([b"Exif\0\0II*\0\x08\0\0\0", b"Exif\0\0MM\0*\0\0\0\x08", b"Exif\0\0"]),
)
def test_odd_exif_never_costs_the_picture(body: bytes, prefix: bytes) -> None:
    whole = WHOLE["JPEG"]
    segment = prefix + body
    data = whole[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + whole[2:]
    assert sorted(decode(data).shape) == [3, 40, 50]
    assert sorted((inspect(data).width_px, inspect(data).height_px)) == [40, 50]


@pytest.mark.parametrize("value", [0, 9, 255, 65535])
def test_an_orientation_that_does_not_exist_counts_as_upright(value: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    assert far(decode(saved(Image.fromarray(four_corners()), "PNG", exif=exif.tobytes())), four_corners()) == 0


def test_readers_warnings_stay_inside_even_with_threads() -> None:
    """A truncated EXIF makes the reader warn; the suite turns warnings into errors, so a leak would fail here."""
    segment = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\xff\xff\0\0"
    whole = WHOLE["JPEG"]
    data = whole[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + whole[2:]
    filters = list(warnings.filters)
    seen: list[tuple[int, ...]] = []
    threads = [threading.Thread(target=lambda: seen.extend(decode(data).shape for _ in range(20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [(40, 50, 3)] * 80
    assert warnings.filters == filters


# ---- writing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/webp", "image/avif"])
def test_what_is_written_reads_back(media_type: str) -> None:
    data = encode(smooth(), media_type, quality=92)
    assert far(decode(data), smooth()) < 2
    assert inspect(data).media_type == media_type


def test_an_unknown_media_type_is_refused() -> None:
    with pytest.raises(BadPhoto, match="image/tiff"):
        encode(smooth(), "image/tiff")


@settings(max_examples=40, deadline=None)
@given(height=st.integers(1, 300), width=st.integers(1, 300), side_px=st.integers(1, 320))
def test_a_thumbnail_fits_and_keeps_its_shape(height: int, width: int, side_px: int) -> None:
    small = thumbnail(smooth(height, width), side_px)
    assert max(small.shape[:2]) == min(side_px, max(height, width))
    shrink = max(small.shape[:2]) / max(height, width)
    assert abs(small.shape[0] - height * shrink) < 1
    assert abs(small.shape[1] - width * shrink) < 1
