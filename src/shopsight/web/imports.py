"""Imports over HTTP: start one with a file, a URL or (on this machine) a folder; follow it; stop it."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from pydantic import BaseModel, Field

from shopsight.errors import BadAddress, BadInput, BadSource, Busy, NotAllowed
from shopsight.web.asking import name_of
from shopsight.web.door import At, Door
from shopsight.web.guard import from_this_machine, may_read, may_write
from shopsight.web.import_desk import Job, Order, State
from shopsight.web.shapes import RejectionOut, rejection_out
from shopsight.web.uploads import check_kind, keep_upload, place_upload

LARGEST_UNPACKED_BYTES = 20_000_000_000
KINDS = ("", "folder", "csv", "shopify", "woocommerce", "merchant", "listing")

router = APIRouter(prefix="/imports", tags=["imports"], dependencies=[Depends(may_read)])
writing = [Depends(may_write)]


class JobOut(BaseModel):
    """An import as it stands."""

    id: str
    name: str
    state: State
    started: str = Field(description="When it was asked for, in UTC.")
    stage: str = Field(description="What it does now: reading, pictures, looking ...")
    done: int
    total: int | None = Field(description="Items of this stage, where known.")
    counts: dict[str, int] = Field(description="products, photos, added, changed, unchanged, removed, embedded")
    mapping: dict[str, str] = Field(description="Which column was read as what.")
    rejected_total: int
    seconds: float
    reason: str
    cure: str


class Rejections(BaseModel):
    """What an import did not take (the first 2,000), and how many there were in all."""

    rejected: list[RejectionOut]
    total: int


def job_out(job: Job) -> JobOut:
    return JobOut.model_validate(job, from_attributes=True)


@router.get("")
def list_imports(door: At) -> list[JobOut]:
    """All imports, newest first; those of earlier runs of the server too."""
    return [job_out(job) for job in door.imports.all()]


@router.post("", status_code=202, dependencies=writing)
def start_import(
    request: Request,
    door: At,
    file: Annotated[UploadFile | None, File(description="A feed (CSV, TSV, XML, HTML) or a ZIP of pictures.")] = None,
    url: Annotated[str, Form(max_length=2000, description="A feed's or listing page's address.")] = "",
    folder: Annotated[str, Form(max_length=2000, description="A folder or feed on the server; local only.")] = "",
    kind: Annotated[str, Form(description="folder, csv, shopify, woocommerce, merchant, listing; empty: guess")] = "",
    mapping: Annotated[str, Form(max_length=20_000, description="JSON: field -> column, to overrule guesses.")] = "",
    sync: Annotated[bool, Form(description="Remove what this source no longer holds.")] = False,
) -> JobOut:
    """Starts an import from exactly one of `file`, `url` and `folder`."""
    options = {"kind": _kind(kind), "mapping": read_mapping(mapping), "sync": sync}
    given = [bool(file and (file.filename or file.size)), bool(url.strip()), bool(folder.strip())]
    if sum(given) != 1:
        raise BadInput("import", "it needs one of file, url and folder", "Give exactly one of them.")
    if file and given[0]:
        return _from_upload(door, file, options)
    return _from_url(door, url.strip(), options) if given[1] else _from_folder(request, door, folder.strip(), options)


@router.get("/{job_id}")
def show_import(door: At, job_id: str) -> JobOut:
    """How one import stands."""
    return job_out(door.imports.get(job_id))


@router.get("/{job_id}/rejected")
def list_rejected(door: At, job_id: str) -> Rejections:
    """What it did not take, each with the reason and the cure."""
    job = door.imports.get(job_id)
    return Rejections(rejected=[rejection_out(r) for r in job.rejected], total=job.rejected_total)


@router.delete("/{job_id}", dependencies=writing)
def stop_import(door: At, job_id: str) -> JobOut:
    """Stops an import (what was taken in stays), or forgets one that is over."""
    return job_out(door.imports.stop(job_id))


def read_mapping(text: str) -> dict[str, str]:
    """Field -> column, from JSON."""
    try:
        mapping = json.loads(text or "{}")
    except (ValueError, RecursionError):
        mapping = None
    if not isinstance(mapping, dict) or not all(isinstance(v, str) for v in mapping.values()):
        raise BadInput("mapping", "it is no JSON object of texts", 'Send something like {"title": "Name"}.')
    return mapping


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise BadInput("kind", f"{kind[:40]!r} is none we know", f"Use one of {', '.join(KINDS[1:])} or leave it.")
    return kind


def _from_upload(door: Door, file: UploadFile, options: dict[str, Any]) -> JobOut:
    name = name_of(file)
    check_kind(name)
    kept = keep_upload(file.file, door.shop.folder / "uploads" / uuid.uuid4().hex)

    try:
        return job_out(door.imports.start(name, lambda: _placed(kept, name, options)))
    except Busy:
        shutil.rmtree(kept.parent, ignore_errors=True)
        raise


@contextmanager
def _placed(kept: Path, name: str, options: dict[str, Any]) -> Iterator[Order]:
    """An upload made ready, and taken away when it is in: the shop keeps its own copies of the photos."""
    try:
        source = place_upload(kept, name, max_bytes=LARGEST_UNPACKED_BYTES)
        yield Order(str(source), name, remembered=f"upload {name}", **options)
    finally:
        shutil.rmtree(kept.parent, ignore_errors=True)


def _from_url(door: Door, url: str, options: dict[str, Any]) -> JobOut:
    if not _is_web_address(url):
        raise BadAddress(url[:80], "only http and https addresses are fetched", "Give the feed's whole address.")
    return job_out(door.imports.start(url, lambda: nullcontext(Order(url, url, **options))))


def _from_folder(request: Request, door: Door, folder: str, options: dict[str, Any]) -> JobOut:
    if not from_this_machine(request):
        raise NotAllowed("folder", "paths of the server are read only for this machine", "Upload a file instead.")
    if not os.path.exists(path := os.path.expanduser(folder)):
        raise BadSource(folder[:80], "no such folder or file here", "Check the path.")
    source = os.path.realpath(path)
    return job_out(door.imports.start(folder, lambda: nullcontext(Order(source, folder, **options))))


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
