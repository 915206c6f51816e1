"""A folder of pictures: the sub-folder is the category, the file's name the title, numbered files one product."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from shopsight.catalogue.importers.draft import Item, Source, draft
from shopsight.catalogue.importers.origin import place_under
from shopsight.catalogue.importers.vocabulary import read_audience
from shopsight.errors import BadInput, BadSource
from shopsight.types import Rejection

PICTURES = frozenset(
    (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif")
)
DRAWINGS = frozenset((".svg", ".eps", ".ai", ".psd", ".pdf"))
CAMERAS = frozenset(
    (
        "img",
        "image",
        "images",
        "dsc",
        "dscf",
        "dscn",
        "pxl",
        "photo",
        "picture",
        "pic",
        "mvimg",
        "screenshot",
        "whatsapp",
        "bild",
        "foto",
        "p",
    )
)
VIEWS = (
    "front",
    "back",
    "side",
    "left",
    "right",
    "top",
    "bottom",
    "detail",
    "close",
    "closeup",
    "zoom",
    "model",
    "main",
    "alt",
    "cover",
)
NUMBERED = re.compile(r"^(?P<name>.+?)(?:[ _-]+|\s*\()(?P<view>\d{1,2}|" + "|".join(VIEWS) + r")\)?$", re.IGNORECASE)
MOST_VIEWS = 12
GROUPS = ("name", "folder", "none")


def open_folder(folder: Path, mapping: Mapping[str, str]) -> Source:
    """Every picture under `folder`, with fixed values such as `{"currency": "=EUR"}` where they are given.

    `mapping["group"]` says what makes one product of several pictures: "name" (default: shirt-1.jpg, shirt-2.jpg),
    "folder" (all pictures of a folder) or "none".
    """
    group = mapping.get("group", "name")
    if group not in GROUPS:
        raise BadSource(group, "not a way to put pictures together", f"use group={' or group='.join(GROUPS)}")
    fixed = {field: rule[1:] for field, rule in mapping.items() if rule.startswith("=")}
    files = list(_walk(folder))
    if not files:
        raise BadSource(
            str(folder), "holds no pictures", "name a folder with .jpg, .png, .webp or other pictures in it"
        )
    groups = list(_groups(files, group))
    shown = {
        "sku": "path",
        "title": "file name",
        "category": "sub-folder",
        "group": group,
        **{k: f"={v}" for k, v in fixed.items()},
    }
    return Source("folder", str(folder), lambda: _read(folder, groups, fixed), shown, len(groups))


def has_pictures(folder: Path) -> bool:
    """Whether pictures lie directly in this folder."""
    return any(path.suffix.lower() in PICTURES for path in folder.iterdir() if path.is_file())


def _walk(folder: Path) -> Iterator[Path]:
    """Pictures and drawings as paths relative to the folder, in natural order: 2 before 10."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted((f for f in folders if not f.startswith((".", "__MACOSX"))), key=_natural)
        for name in sorted(names, key=_natural):
            if Path(name).suffix.lower() in PICTURES | DRAWINGS and not name.startswith("."):
                yield (Path(where) / name).relative_to(folder)


def _natural(name: str) -> list[tuple[int, str]]:
    return [
        (int(part), "") if part.isascii() and part.isdigit() else (-1, part.casefold())
        for part in re.split(r"(\d+)", name)
        if part
    ]


def _groups(files: Iterable[Path], group: str) -> Iterator[tuple[str, list[Path]]]:
    """The SKU and pictures of each product, in the order found."""
    if group == "folder":
        yield from _by(files, lambda path: path.parent.as_posix() if path.parent.name else path.stem)
    elif group == "none":
        yield from _by(files, lambda path: path.with_suffix("").as_posix())
    else:
        for base, paths in _by(files, _base):
            if _one_product(base, paths):
                yield base, sorted(paths, key=_view_order)
            else:
                yield from _by(paths, lambda path: path.with_suffix("").as_posix())


def _by(files: Iterable[Path], key: Callable[[Path], str]) -> Iterator[tuple[str, list[Path]]]:
    found: dict[str, list[Path]] = {}
    for path in files:
        found.setdefault(key(path), []).append(path)
    yield from found.items()


def _base(path: Path) -> str:
    """The path without the number or view at its end, and without the ending."""
    found = NUMBERED.match(path.stem)
    return (path.parent / (found["name"] if found else path.stem)).as_posix()


def _one_product(base: str, paths: list[Path]) -> bool:
    """Whether these are views of one thing: few, counted from the start, no camera's or category's numbering."""
    name = Path(base).name.casefold().strip(" _-")
    if len(paths) == 1 and paths[0].stem == Path(base).name:
        return True
    if (
        len(paths) > MOST_VIEWS
        or name in CAMERAS
        or name.rstrip("s") == Path(base).parent.name.casefold().rstrip("s")
        or name.isdigit()
    ):
        return False
    views = [
        found["view"].casefold()
        for path in paths
        if path.stem != Path(base).name and (found := NUMBERED.match(path.stem))
    ]
    numbers = sorted(int(view) for view in views if view.isdigit())
    plain = len(views) < len(paths) or len(numbers) < len(views)
    counted = not numbers or (
        numbers[-1] - numbers[0] == len(numbers) - 1 and (numbers[0] <= 1 or (plain and numbers[0] == 2))
    )
    return counted and len(set(views)) == len(views)


def _view_order(path: Path) -> tuple[int, list[tuple[int, str]]]:
    """The plain file first, then "front", "main" and "cover", then by number and name."""
    found = NUMBERED.match(path.stem)
    view = found["view"].casefold() if found else ""
    return (0 if not found else 1 if view in ("front", "main", "cover") else 2), _natural(view)


def _read(folder: Path, groups: list[tuple[str, list[Path]]], fixed: Mapping[str, str]) -> Iterator[Item]:
    for sku, paths in groups:
        pictures = [path for path in paths if path.suffix.lower() in PICTURES]
        for path in paths:
            if path not in pictures:
                yield Rejection(
                    path.as_posix(),
                    f"a {path.suffix[1:].upper()} drawing or document, not a photo",
                    "export it as JPEG, PNG or WebP",
                )
        if not pictures:
            continue
        try:
            photos = [str(place_under(folder, path.as_posix())) for path in pictures]
        except BadInput as why:
            yield Rejection(sku, why.message, why.cure)
            continue
        yield draft({**_facts(Path(sku), pictures[0], folder), **fixed}, photos, pictures[0].as_posix())


def _facts(sku: Path, cover: Path, folder: Path) -> dict[str, str]:
    parents = [_words(part) for part in cover.parent.parts]
    kinds = [part for part in parents if not _only_audience(part)]
    if cover.parent.as_posix() == sku.as_posix():
        kinds = kinds[:-1]
    return {
        "sku": sku.as_posix(),
        "title": _title(sku.name, kinds[-1] if kinds else ""),
        "category": kinds[-1] if kinds else "",
        "audience": next((part for part in parents if _only_audience(part)), ""),
    }


def _only_audience(words: str) -> bool:
    return all(read_audience(word) != "unknown" for word in words.split())


def _title(name: str, category: str) -> str:
    """The file's name in words; a number or hash says nothing to a shopper, so the category goes before it."""
    words = _words(name)
    speaks = any(len(word) > 2 and word.isalpha() and word.casefold() not in CAMERAS for word in words.split())
    return words if speaks or not category else f"{category} {words}"


def _words(name: str) -> str:
    plain = re.sub(r"[\s_]+|-+", " ", name).strip()
    return plain[:1].upper() + plain[1:]
