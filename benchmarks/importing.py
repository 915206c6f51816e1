"""A folder of pictures becomes a searchable shop."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.sizes import Size
from benchmarks.stock import engine_name
from benchmarks.tables import Table


def measure(size: Size) -> list[Table]:
    from shopsight import open_shop
    from shopsight.jobs.importing import import_source
    from shopsight.jobs.indexing import index

    with TemporaryDirectory(dir=os.environ["BENCH_WORK"]) as room:
        pictures = Path(room) / "pictures"
        draw_pictures(pictures, size.photos)
        with open_shop(Path(room) / "shop", engine=engine_name()) as shop:
            shop.engine.see([np.zeros((64, 64, 3), np.uint8)])
            brought, seen = import_source(shop, pictures), index(shop)
            again = import_source(shop, pictures)
    if brought.photos != size.photos or seen.embedded != size.photos or again.added:
        raise SystemExit(f"{brought.photos} photos came and {seen.embedded} were seen of {size.photos}")
    both = brought.seconds + seen.seconds
    row = (
        engine_name(),
        brought.photos / brought.seconds,
        seen.embedded / seen.seconds,
        size.photos / both,
        again.seconds,
    )
    columns = ("engine", "import photos/s", "index photos/s", "both photos/s", "same import again s")
    note = (
        f"{size.photos} JPEGs of 900 x 1,200 px in a folder, {os.cpu_count()} cores. Every file is hashed and decoded."
    )
    return [Table("Import and index", note, columns, (row,))]


def draw_pictures(folder: Path, count: int) -> None:
    from shopsight.images.decode import encode
    from shopsight.testing.embedding import draw_photo

    for number in range(count):
        path = folder / f"kind {number % 10}" / f"photo {number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(draw_photo(number, 1200, 900)))
