"""Photos and their small copies. A photo's address holds its hash, so a browser may keep it for ever."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response, UploadFile
from fastapi.responses import FileResponse

from shopsight.web.asking import read_photo
from shopsight.web.door import At
from shopsight.web.guard import may_read
from shopsight.web.shapes import PhotoOut, SightOut, photo_out, sight_out

router = APIRouter(prefix="/photos", tags=["photos"], dependencies=[Depends(may_read)])
look_router = APIRouter(tags=["search"], dependencies=[Depends(may_read)])
PhotoId = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the photo's bytes, in hex.")]
Side = Literal["120", "240", "480", "960"]
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
BYTES = {"schema": {"type": "string", "format": "binary"}}
PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/*": BYTES}}, 304: {"description": "Unchanged."}}


def unchanged(request: Request, etag: str) -> bool:
    """Whether the browser holds it already (`If-None-Match`)."""
    held = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    return etag in held or "*" in held


@router.get("/{photo_id}", responses=PICTURE, response_class=Response)
def show_photo(request: Request, door: At, photo_id: PhotoId) -> Response:
    """The photo as it came in."""
    photo, etag = door.shop.catalogue.photo(photo_id), f'"{photo_id}"'
    headers = {**FOREVER, "ETag": etag}
    if unchanged(request, etag):
        return Response(status_code=304, headers=headers)
    return FileResponse(door.shop.catalogue.photo_path(photo_id), headers=headers, media_type=photo.media_type)


@router.get("/{photo_id}/facts")
def show_photo_facts(door: At, photo_id: PhotoId) -> PhotoOut:
    """Size and type of a photo."""
    return photo_out(door.shop.catalogue.photo(photo_id))


@router.get("/{photo_id}/sight")
def show_photo_sight(door: At, photo_id: PhotoId) -> SightOut:
    """What the engine sees in one of the shop's photos."""
    kept = door.shop.catalogue.sight(door.shop.engine.space, photo_id)
    return sight_out(kept or door.shop.look(door.shop.catalogue.photo_bytes(photo_id)))


@router.get("/{photo_id}/{side_px}", responses=PICTURE, response_class=Response)
def show_thumbnail(request: Request, door: At, photo_id: PhotoId, side_px: Side) -> Response:
    """A small copy whose longest side is `side_px`, as WebP."""
    etag = f'"{photo_id[:32]}-{side_px}"'
    headers = {**FOREVER, "ETag": etag}
    if unchanged(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(door.thumbnails.of(photo_id, int(side_px)), headers=headers, media_type="image/webp")


@look_router.post("/look")
def look_at(door: At, photo: UploadFile) -> SightOut:
    """What the engine sees in a photo that is sent along; the photo is not kept."""
    return sight_out(door.shop.look(read_photo(photo, door.settings) or b""))
