"""`shopsight recognise`: what is in a photo, a folder of photos, or every photo of the shop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from shopsight.cli.documents import Document, describe_place, describe_recognition, describe_rejections
from shopsight.cli.find import read_box
from shopsight.cli.options import EngineName, Json, ShopFolder, open_for_reading, open_for_writing
from shopsight.cli.speak import print_document, progress_bar, show_table, tell
from shopsight.errors import BadInput, BadPhoto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shopsight.jobs.progress import Progress
    from shopsight.jobs.recognising import Recognised
    from shopsight.recognise.coco import Coco
    from shopsight.shop import Shop
    from shopsight.types import Box, Recognition, Rejection

    Describe = Callable[[Recognition], Document]

TaskName = Literal["classify", "localise", "detect", "segment", "instances"]
EVERY_CLASS = 1000
DRAWN = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


def recognise(
    photos: Annotated[
        list[Path] | None, typer.Argument(help="Picture files, and folders of them.", show_default=False)
    ] = None,
    task: Annotated[TaskName, typer.Option(help="What is asked of each photo.")] = "classify",
    labels: Annotated[
        str, typer.Option(help="An engine from `shopsight models list` with other labels. [default: garments]")
    ] = "",
    box: Annotated[
        str | None,
        typer.Option("--box", help="Look only at this part: left,top,right,bottom in pixels.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Draw what was found: a picture file, or a folder for many.", show_default=False)
    ] = None,
    coco: Annotated[
        Path | None, typer.Option(help="Write all findings as one COCO JSON file.", show_default=False)
    ] = None,
    catalogue: Annotated[bool, typer.Option("--catalogue", help="Every photo that the shop uses.")] = False,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="With --catalogue: suggest what the products do not say yet.")
    ] = False,
    taxonomy: Annotated[
        str | None,
        typer.Option(help="A file in Shopify's taxonomy format: say where in it each belongs.", show_default=False),
    ] = None,
    k: Annotated[int, typer.Option("-k", "--classes", min=1, max=100, help="How many classes at most.")] = 5,
    engine: EngineName = None,
    shop: ShopFolder = None,
    json: Json = False,
) -> None:
    """Recognise what photos show: what it is, where, how many, which pixels."""
    _check_question(photos, catalogue, suggest, task, labels, box)
    if taxonomy and task != "classify":
        raise BadInput("--taxonomy", "only classes have a place in a taxonomy", "Leave out --task.")
    opening = open_for_reading if catalogue else open_for_writing
    with opening(shop, engine, taxonomy=taxonomy) as opened, progress_bar() as progress:
        if suggest:
            from shopsight.cli.suggestions import suggest_all

            suggest_all(opened, progress, json)
            return
        box_px = read_box(box) if box else None
        places = bool(opened.settings.taxonomy) and task == "classify"
        # A place in a taxonomy sums up the chances of all classes, not of the few that are told.
        told = max(k, EVERY_CLASS) if places else k
        batch = _batch(opened, photos or [], catalogue, task, labels, box_px, told, progress)
        writer = _Writer(out, many=catalogue or _are_many(photos or []))
        describe = _describer(opened, k, places)
        gathered = _gather(batch, describe, writer, _new_coco(opened, task, labels) if coco else None, coco)
    _report(task, *gathered, json)


def _check_question(
    photos: list[Path] | None, catalogue: bool, suggest: bool, task: str, labels: str, box: str | None
) -> None:
    if catalogue and photos:
        raise BadInput("--catalogue", "it cannot be mixed with picture files", "Give one or the other.")
    if not photos and not catalogue:
        raise BadInput("recognise", "there is no photo to look at", "Name pictures or folders, or say --catalogue.")
    if suggest and not catalogue:
        raise BadInput("--suggest", "suggestions are made for the shop's own products", "Say --catalogue too.")
    if suggest and (task != "classify" or labels):
        raise BadInput("--suggest", "suggestions come from the task classify", "Leave out --task and --labels.")
    if box and (catalogue or _are_many(photos or [])):
        raise BadInput("--box", "a box belongs to one photo", "Name one picture.")


def _are_many(photos: list[Path]) -> bool:
    return len(photos) > 1 or any(photo.is_dir() for photo in photos)


def _batch(
    shop: Shop,
    photos: list[Path],
    catalogue: bool,
    task: TaskName,
    labels: str,
    box_px: Box | None,
    k: int,
    progress: Progress,
) -> Iterator[Recognised]:
    from shopsight.jobs.recognising import pictures_in, recognise_catalogue, recognise_files

    if catalogue:
        return recognise_catalogue(shop, task, labels=labels, k=k, progress=progress)
    return recognise_files(shop, pictures_in(photos), task, labels=labels, box_px=box_px, k=k, progress=progress)


def _new_coco(shop: Shop, task: str, labels: str) -> Coco:
    from shopsight.recognise.coco import Coco

    return Coco(() if task == "classify" and not labels else shop.recogniser(labels).labels)


def _describer(shop: Shop, k: int, places: bool) -> Describe:
    """How a recognition becomes a document: its first `k` classes, and its place in the taxonomy where there is one."""
    from dataclasses import replace

    def describe(found: Recognition) -> Document:
        if not places:
            return describe_recognition(found)
        document = describe_recognition(replace(found, findings=found.findings[:k]))
        return document | {"taxonomy": describe_place(shop.place(found))}

    return describe


def _gather(
    batch: Iterator[Recognised], describe: Describe, writer: _Writer, coco: Coco | None, coco_file: Path | None
) -> tuple[list[Document], list[Rejection]]:
    """The documents of all photos; pictures are drawn and masks packed on the way, photo by photo."""
    from shopsight.types import Recognition

    documents, rejected = [], []
    for item in batch:
        if not isinstance(item.found, Recognition):
            rejected.append(item.found)
            continue
        drawn = writer.write(item, item.found)
        documents.append({"photo": item.name, **describe(item.found)} | ({"picture": drawn} if drawn else {}))
        if coco is not None:
            coco.add(item.name, item.found)
    if coco is not None and coco_file is not None:
        import json

        _keep(coco_file, json.dumps(coco.document()).encode())
    return documents, rejected


class _Writer:
    """Draws pictures into one file, or into a folder under the photos' own names."""

    def __init__(self, out: Path | None, many: bool) -> None:
        self.out, self.many = out, many
        self.taken: set[str] = set()
        if out is not None and not many and out.suffix.lower() not in DRAWN and out.suffix:
            kinds = ", ".join(sorted(DRAWN))
            raise BadInput(f"--out {out}", "pictures are not drawn in this format", f"End the name in one of {kinds}.")

    def write(self, item: Recognised, found: Recognition) -> str:
        if self.out is None:
            return ""
        from shopsight.images.decode import decode, encode
        from shopsight.images.overlay import draw

        path = self._path(item, found.task)
        data = item.source if isinstance(item.source, bytes) else item.source.read_bytes()
        pixels = decode(data, side_px=1280)
        _keep(path, encode(draw(pixels, found), DRAWN[path.suffix.lower()], 90))
        return str(path)

    def _path(self, item: Recognised, task: str) -> Path:
        assert self.out is not None
        if not self.many and self.out.suffix:
            return self.out
        stem = Path(item.name).stem if not isinstance(item.source, bytes) else item.name
        name, number = f"{stem}-{task}.png", 2
        while name.casefold() in self.taken:
            name, number = f"{stem}-{number}-{task}.png", number + 1
        self.taken.add(name.casefold())
        return self.out / name


def _keep(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        reason = f"it cannot be written ({error.strerror or error})"
        raise BadInput(str(path), reason, "Name another file or folder.") from error


def _report(task: str, documents: list[Document], rejected: list[Rejection], as_json: bool) -> None:
    if not documents and len(rejected) == 1:
        raise BadPhoto(rejected[0].item, rejected[0].reason, rejected[0].cure)
    if as_json:
        print_document({"task": task, "recognised": documents, "rejected": describe_rejections(rejected)})
    else:
        _show(task, documents, rejected)
    if rejected and not documents:
        raise typer.Exit(BadInput.exit_code)


def _show(task: str, documents: list[Document], rejected: list[Rejection]) -> None:
    if task == "classify":
        columns = ("photo", "=what it is", ">chance", "colours", "pattern")
        show_table(columns, [_class_row(document) for document in documents])
        placed = [(d["photo"], d["taxonomy"]) for d in documents if "taxonomy" in d]
        if placed:
            show_table(("photo", "place in the taxonomy", ">chance"), [_taxonomy_row(*each) for each in placed])
    else:
        show_table(("photo", "found", "surest", ">score", "=box"), [_place_row(document) for document in documents])
    if len(documents) + len(rejected) > 1:
        tell(f"{len(documents)} photos recognised, {len(rejected)} rejected")
    if rejected:
        show_table(("photo", "reason", "cure"), [(r.item, r.reason, r.cure) for r in rejected])


def _class_row(document: Document) -> tuple[str, ...]:
    best = document["findings"][0] if document["findings"] else None
    what = best["label"] if best and document["known"] else "not a product I know"
    colours = ", ".join(colour["label"] for colour in document["colours"])
    pattern = document["pattern"]["label"] if document["pattern"] else ""
    return document["photo"], what, f"{best['score']:.0%}" if best else "", colours, pattern


def _taxonomy_row(photo: str, place: Document) -> tuple[str, ...]:
    chance = f"{place['way'][-1]['chance']:.0%}" if place["way"] else ""
    return photo, place["path"] or "not sure of any", chance


def _place_row(document: Document) -> tuple[str, ...]:
    best = document["findings"][0] if document["findings"] else None
    found = ", ".join(f"{count} {label}" for label, count in document["counts"].items()) or "nothing"
    box = ",".join(map(str, best["box_px"])) if best and best["box_px"] else ""
    return document["photo"], found, best["label"] if best else "", f"{best['score']:.2f}" if best else "", box
