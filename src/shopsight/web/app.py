"""The web application: one shop behind an API under `/api/v1` and pages for people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from shopsight import __version__
from shopsight.shop import Shop
from shopsight.web import (
    events,
    factors,
    fashion_mnist,
    forecast,
    forecast_page,
    health,
    image,
    imports,
    influence,
    kpis,
    photos,
    products,
    recognise,
    recognise_page,
    rules,
    search,
    site,
    suggestion_page,
    suggestions,
    training,
    training_page,
)
from shopsight.web.door import Door
from shopsight.web.errors import meet_errors
from shopsight.web.event_desk import EventDesk
from shopsight.web.guard import API, Gate
from shopsight.web.import_desk import ImportDesk
from shopsight.web.metrics import Metrics
from shopsight.web.render import STATIC, Pages
from shopsight.web.shapes import Problem
from shopsight.web.suggestion_desk import SuggestionDesk
from shopsight.web.thumbnails import Thumbnails
from shopsight.web.training_desk import TrainingDesk

LARGEST_FEED_BYTES = 2_000_000_000
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request cannot be read."},
    401: {"model": Problem, "description": "A key is missing or wrong."},
    403: {"model": Problem, "description": "Weights whose licence nobody accepted."},
    404: {"model": Problem, "description": "No such product, photo or import."},
    405: {"model": Problem, "description": "The address does not take this method."},
    409: {"model": Problem, "description": "Somebody else is writing."},
    413: {"model": Problem, "description": "Too many bytes or pixels."},
    422: {"model": Problem, "description": "What came in is not usable."},
    429: {"model": Problem, "description": "Slow down."},
    501: {"model": Problem, "description": "A library that this needs is not installed."},
    507: {"model": Problem, "description": "The disk is full."},
}
ABOUT = """Find products by a shopper's photo, by words, or both.

Reading is open unless the operator closed it. Writing needs the header `X-API-Key`; where no key is set, only the
machine that runs the shop may write. Every error has one body: `code`, `message`, `cure`."""


class Immutable(StaticFiles):
    """Static files at addresses that change with them: a browser may keep them for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def create_app(shop: Shop, *, largest_feed_bytes: int = LARGEST_FEED_BYTES) -> FastAPI:
    """The application for one open shop; the caller closes the shop."""
    metrics, pages = Metrics(), Pages()
    door = Door(
        shop,
        metrics,
        Thumbnails(shop),
        ImportDesk(shop),
        TrainingDesk(shop),
        pages,
        EventDesk(shop),
        SuggestionDesk(shop),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        door.close()

    app = FastAPI(
        title="Shopsight",
        version=__version__,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        lifespan=lifespan,
    )
    app.state.door = door
    rooms = (
        search,
        events,
        factors,
        recognise,
        suggestions,
        rules,
        products,
        photos,
        imports,
        training,
        health,
        image,
        forecast,
        influence,
    )
    for room in rooms:
        app.include_router(room.router, prefix=API, responses=PROBLEMS)
    app.include_router(events.taking, prefix=API, responses=PROBLEMS)
    app.include_router(photos.look_router, prefix=API, responses=PROBLEMS)
    app.include_router(image.pages)
    app.include_router(fashion_mnist.pages)
    app.include_router(recognise_page.pages)
    app.include_router(suggestion_page.pages)
    app.include_router(training_page.pages)
    app.include_router(kpis.pages)
    app.include_router(influence.pages)
    app.include_router(rules.pages)
    app.include_router(forecast_page.pages)
    app.include_router(site.router)
    app.include_router(site.shell)
    app.mount(pages.static, Immutable(directory=STATIC), name="static")
    meet_errors(app)
    if shop.settings.cors_origins:
        origins = shop.settings.cors_origins
        app.add_middleware(CORSMiddleware, allow_origins=origins, allow_methods=["*"], allow_headers=["*"])
    app.add_middleware(Gate, settings=shop.settings, metrics=metrics, largest_feed_bytes=largest_feed_bytes)
    return app
