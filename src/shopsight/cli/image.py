"""`shopsight image`: the image laboratory on files and folders. Every operation and parameter comes from one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from shopsight.cli.documents import Document, describe_rejections
from shopsight.cli.find import read_photo
from shopsight.cli.options import Json, read_settings
from shopsight.cli.speak import print_document, progress_bar, show_table, tell
from shopsight.errors import BadInput

if TYPE_CHECKING:
    from shopsight.images.lab import Operation, Parameter
    from shopsight.images.numbers import Numbers
    from shopsight.jobs.altering import Altered
    from shopsight.shop import Shop

ANYTHING = {"ignore_unknown_options": True}
"""Parameters differ from operation to operation: they are read from the operation's table, not declared here."""
USAGE = "shopsight image OPERATION IN OUT [--parameter value]"


def image(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="OPERATION IN OUT [--PARAMETER VALUE]",
            help="What to do, a picture or a folder of them (- reads standard input), and where to write. "
            "`list` shows every operation, `list NAME` its parameters, `numbers IN` counts a picture.",
            show_default=False,
        ),
    ],
    side: Annotated[
        int | None,
        typer.Option("--side", min=1, help="Make it this small first (longest side, px).", show_default=False),
    ] = None,
    quality: Annotated[int, typer.Option("--quality", min=1, max=100, help="For JPEG, WebP and AVIF.")] = 92,
    json: Json = False,
) -> None:
    """Alter a picture, or all pictures of a folder: cut out, white balance, blur, edges, shapes, waves, wavelets."""
    from shopsight.shop import Shop

    places, given = split(words)
    if places and places[0] == "list":
        _list(places[1:], json)
        return
    with Shop(read_settings()) as shop:
        if places and places[0] == "numbers":
            _count(shop, places[1:], side, json)
        else:
            _alter(shop, places, given, side, quality, json)


def split(words: Sequence[str]) -> tuple[list[str], dict[str, str | bool]]:
    """Places and parameters, told apart: `--name value`, `--name=value`, and `--name` alone for yes.

    >>> split(["skeleton", "--dark", "in.jpg", "--threshold", "-1", "out.png"])
    (['skeleton', 'in.jpg', 'out.png'], {'dark': True, 'threshold': '-1'})
    """
    places: list[str] = []
    given: dict[str, str | bool] = {}
    left = list(words)
    switches = _switches(next((word for word in words if not word.startswith("--")), ""))
    while left:
        word = left.pop(0)
        if not word.startswith("--") or word == "--":
            places.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        name = name.replace("-", "_")
        if equals:
            given[name] = value
        elif name in switches and not (left and left[0].lower() in ("yes", "no", "on", "off", "true", "false")):
            given[name] = True
        elif left:
            given[name] = left.pop(0)
        else:
            raise BadInput(word, "it has no value", f"Say {word} VALUE.")
    return places, given


def _switches(name: str) -> set[str]:
    from shopsight.images.lab import OPERATIONS

    known = OPERATIONS.get(name)
    return {one.name for one in known.parameters if one.kind == "switch"} if known else set()


def _alter(
    shop: Shop, places: Sequence[str], given: Mapping[str, object], side: int | None, quality: int, json: bool
) -> None:
    from shopsight.images.lab import operation
    from shopsight.jobs.altering import alter_file, alter_folder

    if not places:
        raise BadInput("image", "there is nothing to do", f"Say {USAGE}.")
    chosen = operation(places[0])
    values = chosen.settle(given)
    if len(places) != 3:
        raise BadInput("image", "it needs one picture or folder, and where to write", f"Say {USAGE}.")
    source, out = places[1], Path(places[2])
    began = perf_counter()
    if Path(source).is_dir():
        with progress_bar() as progress:
            done = alter_folder(
                shop, chosen.name, Path(source), out, values, side_px=side, quality=quality, progress=progress
            )
        _show_folder(chosen, values, out, done, json)
        return
    photo = read_photo(source)
    if out.is_dir():
        out = out / (photo.name if isinstance(photo, Path) else "picture.png")
    pixels = alter_file(shop, chosen.name, photo, out, values, side_px=side, quality=quality)
    told: Document = {"operation": chosen.name, "parameters": values, "in": source, "out": str(out)}
    told |= {"width_px": pixels.shape[1], "height_px": pixels.shape[0]}
    told["ms"] = round((perf_counter() - began) * 1000, 1)
    print_document(told) if json else tell(
        f"{out}: {told['width_px']} x {told['height_px']} px, {chosen.title.lower()}"
    )


def _show_folder(chosen: Operation, values: Mapping[str, object], out: Path, done: Altered, json: bool) -> None:
    if json:
        told: Document = {"operation": chosen.name, "parameters": dict(values), "out": str(out)}
        told |= {"written": done.written, "rejected": describe_rejections(done.rejected)}
        print_document(told | {"seconds": round(done.seconds, 3)})
        return
    tell(f"{done.written} pictures written to {out}, {chosen.title.lower()}")
    if done.rejected:
        show_table(("picture", "why not", "cure"), [(r.item, r.reason, r.cure) for r in done.rejected])


def _count(shop: Shop, places: Sequence[str], side: int | None, json: bool) -> None:
    if len(places) != 1:
        raise BadInput("image numbers", "it counts one picture", "Say shopsight image numbers IN.")
    numbers = shop.picture_numbers(read_photo(places[0]), side_px=side)
    if json:
        from dataclasses import asdict

        print_document(asdict(numbers))
    else:
        show_table(("what", ">value", "meaning"), _rows(numbers))


def _rows(numbers: Numbers) -> list[tuple[str, str, str]]:
    slope = "" if numbers.slope is None else f"{numbers.slope:.2f}"
    return [
        ("size", f"{numbers.width_px} x {numbers.height_px}", "pixels"),
        ("brightness", f"{numbers.brightness:.3f}", "mean luma, 0 black to 1 white"),
        ("contrast", f"{numbers.contrast:.3f}", "spread of the luma"),
        ("saturation", f"{numbers.saturation:.3f}", "mean, 0 grey to 1 pure"),
        ("sharpness", f"{numbers.sharpness:.1f}", "spread of the Laplacian at 256 px; below about 4 looks blurred"),
        ("noise", f"{numbers.noise:.4f}", "spread of the finest diagonal detail"),
        ("entropy", f"{numbers.entropy_bits:.2f}", "bits a pixel"),
        ("slope", slope, "power over frequency; about -2 for a plain photo, steeper is softer"),
    ]


def _list(places: Sequence[str], json: bool) -> None:
    from shopsight.images.lab import GROUPS, OPERATIONS, operation

    chosen = [operation(name) for name in places] or list(OPERATIONS.values())
    if json:
        print_document({"operations": [describe_operation(one) for one in chosen]})
        return
    if places:
        for one in chosen:
            rows = [(each.flag, _span(each), str(each.default), each.summary) for each in one.parameters]
            tell(f"{one.name}: {one.summary}")
            show_table(("=parameter", "=values", "=default", "what it does"), rows) if rows else tell("no parameters")
        return
    show_table(("group", "=operation", "what it does"), [(GROUPS[one.group], one.name, one.summary) for one in chosen])


def _span(parameter: Parameter) -> str:
    if parameter.kind == "choice":
        return ", ".join(parameter.choices)
    if parameter.kind == "switch":
        return "yes, no"
    return f"{parameter.low:g} to {parameter.high:g} {parameter.unit}".rstrip()


def describe_operation(one: Operation) -> Document:
    """An operation as a document: its name, group, and parameters with ranges and defaults."""
    return {
        "name": one.name,
        "title": one.title,
        "group": one.group,
        "summary": one.summary,
        "parameters": [describe_parameter(each) for each in one.parameters],
    }


def describe_parameter(each: Parameter) -> Document:
    """What it is, its range and unit where it is a number, its choices where it is one of several."""
    told: Document = {"name": each.name, "kind": each.kind, "default": each.default, "summary": each.summary}
    if each.kind in ("number", "whole"):
        told |= {"low": each.low, "high": each.high, "step": each.step, "unit": each.unit}
    return told | ({"choices": list(each.choices)} if each.choices else {})
