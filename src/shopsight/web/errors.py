"""One error, two faces: the JSON body (`code`, `message`, `cure`) for programs, a calm page for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from shopsight.errors import BadInput, NotFound, ShopsightError

log = logging.getLogger("shopsight.web")


class NoSuchWay(NotFound):
    """The address or the method is none of ours."""


def problem_response(error: ShopsightError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The one error body. A fault of ours is told without its inside; the log has the rest."""
    body = {"code": error.code, "message": error.message, "cure": error.cure or "See the log of the server."}
    return JSONResponse(body, error.web_status, dict(headers or {}))


def wants_page(request: Request) -> bool:
    """Whether a person waits for this answer: a browser's page load, not the API."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def answer_error(request: Request, error: ShopsightError, headers: Mapping[str, str] | None = None) -> Response:
    if wants_page(request):
        page: Response = request.app.state.door.pages.error(request, error)
        return page
    return problem_response(error, headers)


def meet_errors(app: FastAPI) -> None:
    """Teaches the application the whole error tree, and the few errors that the framework raises by itself."""

    @app.exception_handler(ShopsightError)
    def ours(request: Request, error: ShopsightError) -> Response:
        if error.web_status >= 500:
            log.error("%s %s: %s", request.method, request.url.path, error)
        return answer_error(request, error)

    @app.exception_handler(RequestValidationError)
    def unusable(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "request"
        return answer_error(request, BadInput(where, str(first["msg"]), "See /api for what this address takes."))

    @app.exception_handler(HTTPException)
    def framework(request: Request, error: HTTPException) -> Response:
        # Reading a body fails as a framework error around the true one: the stream's own limit.
        if isinstance(error.__cause__, ShopsightError):
            return answer_error(request, error.__cause__)
        known = NoSuchWay if error.status_code in {404, 405} else BadInput
        shown = known(request.url.path, str(error.detail), "See /api for the addresses there are.")
        shown.web_status = error.status_code
        return answer_error(request, shown, error.headers)

    @app.exception_handler(Exception)
    def fault(request: Request, error: Exception) -> Response:
        log.exception("%s %s", request.method, request.url.path, exc_info=error)
        cure = "Try again; the server's log says more."
        return answer_error(request, ShopsightError("", "something went wrong here", cure))
