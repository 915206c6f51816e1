"""A whole photo query: a phone photo's bytes in, an answer out, at growing numbers of products."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.clock import memory_mb
from benchmarks.sizes import Size
from benchmarks.stock import open_stocked
from benchmarks.tables import Table

PARTS = ("decode", "embed", "search")


def measure(size: Size) -> list[Table]:
    """One process per size, so that memory is that size's own: the caller passes one size at a time."""
    products = int(os.environ["BENCH_PRODUCTS"])
    work = Path(os.environ["BENCH_WORK"]) / f"shop-{products}"
    open_stocked(work, products).close()
    photos = [phone_photo(seed) for seed in range(8)]
    shop = open_stocked(work, products)
    began = perf_counter()
    shop.find(photos[0])
    first_ms = (perf_counter() - began) * 1000
    shop.find(photos[1])
    answers = [shop.find(photos[turn % len(photos)]) for turn in range(size.queries)]
    memory = memory_mb()
    total = np.array([answer.ms["total"] for answer in answers])
    shares = [f"{np.mean([a.ms.get(part, 0) / a.ms['total'] for a in answers]):.0%}" for part in PARTS]
    search = np.array([answer.ms["search"] for answer in answers])
    row = (
        f"{products:,}",
        *np.percentile(total, [50, 95]).tolist(),
        *shares,
        *np.percentile(search, [50, 95]).tolist(),
        first_ms,
        memory["own"],
        memory["mapped"],
    )
    note = (
        f"Engine {answers[0].engine}. The photo is a JPEG of 1,200 x 1,600 px, other photos in turn; products are"
        " synthetic, one photo each. Own memory includes the engine; mapped pages belong to the disk cache and may be"
        " dropped by the system at any time. The first query opens the engine, the catalogue and the shelf."
    )
    columns = (
        "products",
        "p50 ms",
        "p95 ms",
        *PARTS,
        "search p50 ms",
        "search p95 ms",
        "first query ms",
        "own MB",
        "mapped MB",
    )
    return [Table("A whole photo query", note, columns, (row,))]


def phone_photo(seed: int) -> bytes:
    """A garment on a ground with sensor noise, as JPEG."""
    from shopsight.images.decode import encode
    from shopsight.testing.embedding import draw_photo

    noise = np.random.default_rng(seed).normal(0, 4, (1600, 1200, 3))
    return encode(np.clip(draw_photo(seed, 1600, 1200) + noise, 0, 255).astype(np.uint8))
