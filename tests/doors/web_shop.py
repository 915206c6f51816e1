"""A small shop behind the web door, for the tests of API and pages."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path

import uvicorn

from shopsight.images.decode import encode
from shopsight.images.draw import draw_shop
from shopsight.jobs.indexing import index
from shopsight.shop import Shop, open_shop
from shopsight.types import Photo, Pixels
from shopsight.web import create_app

LOCAL = {"client": ("127.0.0.1", 50000), "base_url": "http://127.0.0.1"}
"""How a test client looks like a person at the machine itself."""


@dataclass
class Stall:
    """An open shop and the drawn pictures that its products were made from, by SKU."""

    shop: Shop
    drawn: dict[str, tuple[Pixels, ...]]

    @property
    def skus(self) -> list[str]:
        return list(self.drawn)


def keep(shop: Shop, pixels: Pixels) -> str:
    data = encode(pixels)
    photo = Photo(sha256(data).hexdigest(), pixels.shape[1], pixels.shape[0])
    shop.catalogue.keep_photo(data, photo)
    return photo.id


def stock(folder: Path, *, every: int = 2, most: int = 12, **settings: object) -> Stall:
    """A shop of some products of the drawn sample, looked at and ready."""
    shop = open_shop(folder, engine="histogram", **settings)
    samples = list(islice(draw_shop(0), 0, every * most, every))
    shop.catalogue.save([replace(s.product, photos=tuple(keep(shop, p) for p in s.photos)) for s in samples])
    index(shop)
    return Stall(shop, {s.product.sku: s.photos for s in samples})


@contextmanager
def serving(shop: Shop) -> Iterator[str]:
    """The application on a real port; gives its address."""
    config = uvicorn.Config(create_app(shop), host="127.0.0.1", port=0, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
