"""The gate: who may write, how much, how often, and what every answer tells the browser."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shopsight.errors import NotAllowed, TooLarge, TooMany
from shopsight.settings import Settings
from shopsight.web.errors import problem_response
from shopsight.web.metrics import Metrics

API = "/api/v1"
COOKIE = "shopsight_session"
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def session_value(api_key: str) -> str:
    """What the console's cookie holds instead of the key itself."""
    return hmac.new(api_key.encode(), b"shopsight console", hashlib.sha256).hexdigest()


def holds_key(request: Request, api_key: str) -> bool:
    """Whether the request carries the key, in the header or as the console's cookie."""
    header = request.headers.get("x-api-key", "")
    cookie = request.cookies.get(COOKIE, "")
    by_header = hmac.compare_digest(header.encode(), api_key.encode())
    return by_header or (hmac.compare_digest(cookie.encode(), session_value(api_key).encode()) and same_site(request))


def from_this_machine(request: Request) -> bool:
    """Whether the client sits on this machine, spoke to it by a local name and did not come through a proxy.

    The name is checked because a page of another site can point its own host name at 127.0.0.1 (DNS rebinding);
    the proxy headers because behind a proxy on this machine everybody looks local.
    """
    proxied = {"forwarded", "x-forwarded-for", "x-real-ip"} & set(request.headers.keys())
    local_name = request.url.hostname == "localhost" or _is_loopback(request.url.hostname)
    return bool(not proxied and local_name and request.client and _is_loopback(request.client.host))


def same_site(request: Request) -> bool:
    """Whether a browser's request comes from our own pages; programs that are no browsers send no such headers."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def may_write(request: Request) -> None:
    """Lets the request change the shop, or raises `NotAllowed`."""
    key = _settings(request).api_key.get_secret_value()
    if key:
        if not holds_key(request, key):
            raise NotAllowed("writing", "the API key is missing or wrong", "Send it in the header X-API-Key.")
    elif not (from_this_machine(request) and same_site(request)):
        raise NotAllowed(
            "writing", "without an API key only this machine may write", "Set SHOPSIGHT_API_KEY where the shop runs."
        )


def may_read(request: Request) -> None:
    """Lets the request read, or raises `NotAllowed` where the operator closed reading."""
    settings = _settings(request)
    key = settings.api_key.get_secret_value()
    if not settings.open_reading and not (holds_key(request, key) if key else from_this_machine(request)):
        raise NotAllowed("reading", "this shop is read with a key", "Send it in the header X-API-Key.")


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.door.settings
    return settings


def _is_loopback(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


class RateLimit:
    """A bucket of requests per address that refills steadily; pictures count a tenth, static files nothing."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self._clock = per_minute, clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, address: str, cost: float = 1.0) -> float:
        """Zero when the request may pass, else the seconds to wait."""
        if not self.per_minute:
            return 0.0
        now, rate = self._clock(), self.per_minute / 60.0
        with self._lock:
            self._forget(now)
            level, then = self._buckets.get(address, (float(self.per_minute), now))
            level = min(float(self.per_minute), level + (now - then) * rate)
            passes = level >= cost
            self._buckets[address] = (level - cost if passes else level, now)
        return 0.0 if passes else (cost - level) / rate

    def _forget(self, now: float) -> None:
        """Addresses that have been quiet for a minute are full again, so they need no memory."""
        if len(self._buckets) > 10_000:
            self._buckets = {a: b for a, b in self._buckets.items() if now - b[1] < 60.0}


class Gate:
    """Around the whole application: counts, limits and dresses every answer. Plain ASGI, so streams stay streams."""

    def __init__(self, app: ASGIApp, *, settings: Settings, metrics: Metrics, largest_feed_bytes: int) -> None:
        self.app, self.settings, self.metrics = app, settings, metrics
        self.largest_feed_bytes = largest_feed_bytes
        self.rate = RateLimit(settings.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def dress(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._pass(scope, receive, dress)
        finally:
            self._count(scope, status, time.perf_counter() - began)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = self.rate.take((scope.get("client") or ("",))[0], _cost(scope["path"]))
        if wait:
            error = TooMany("requests", "more than this address may make", f"Wait {wait:.0f} s and go on.")
            await problem_response(error, {"Retry-After": str(int(wait) + 1)})(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        length = Headers(scope=scope).get("content-length", "")
        if length.isdigit() and int(length) > limit:
            await problem_response(_too_large(limit))(scope, receive, send)
            return
        await self.app(scope, _measured(receive, limit), send)

    def _limit(self, path: str) -> int:
        """Bytes of one request body: a feed may be large; a photo has its own limit plus room for a form."""
        feed = path.rstrip("/").endswith("/imports")
        return self.largest_feed_bytes if feed else self.settings.max_photo_bytes + 1_000_000

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's template, not the path: a metric per product would never end.
        route = getattr(scope.get("route"), "path", None) or "other"
        if scope["path"].startswith(f"{API}/") and route != "other":
            route = API + route.removeprefix(API)
        self.metrics.requests.add(route=route, method=_known_method(scope["method"]), status=str(status))
        self.metrics.seconds.observe(seconds, route=route)


def _cost(path: str) -> float:
    if path.startswith("/static/"):
        return 0.0
    if path == f"{API}/events":
        return 0.01  # a shop's server sends them all from one address, each once it happens
    return 0.1 if re.match(r"/api/v1/photos/", path) else 1.0


def _known_method(method: str) -> str:
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"


def _too_large(limit: int) -> TooLarge:
    return TooLarge("upload", f"more than {limit / 1e6:.0f} MB", "Send a smaller file.")


def _measured(receive: Receive, limit: int) -> Receive:
    """The same stream, ended with `TooLarge` when more arrives than is allowed: a sender may lie about length."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _too_large(limit)
        return message

    return counted
