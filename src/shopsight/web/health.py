"""Is it well, and what has it done: health, metrics, and the console's session."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from shopsight.errors import NotAllowed
from shopsight.web.door import At
from shopsight.web.guard import COOKIE, may_read, session_value
from shopsight.web.metrics import CONTENT_TYPE
from shopsight.web.shapes import Health

router = APIRouter(tags=["health"])


@router.get("/health")
def show_health(door: At) -> Health:
    """Whether the shop answers, and what it holds."""
    return Health(status="ok", engine=door.settings.engine, counts=dict(door.shop.counts()))


@router.get("/metrics", response_class=Response, dependencies=[Depends(may_read)])
def show_metrics(door: At) -> Response:
    """Counts and timings in Prometheus' text format."""
    return Response(door.metrics.render(door.shop.counts()), media_type=CONTENT_TYPE)


@router.post("/session", status_code=204)
def open_session(door: At, response: Response, key: Annotated[str, Body(embed=True, max_length=200)]) -> None:
    """Lets a browser's console write: the key comes once, a cookie that no script can read stays."""
    wanted = door.settings.api_key.get_secret_value()
    if not wanted or not hmac.compare_digest(key.encode(), wanted.encode()):
        raise NotAllowed("session", "the API key is wrong", "See SHOPSIGHT_API_KEY where the shop runs.")
    response.set_cookie(COOKIE, session_value(wanted), max_age=43_200, httponly=True, samesite="strict")
