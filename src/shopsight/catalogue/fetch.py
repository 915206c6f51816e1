"""Gets pictures, feeds and pages from the web without being led into the operator's own network.

A feed is written by strangers: its addresses may name the cloud's metadata service, a router or a database. So a name
is resolved once, every address it gives is checked, and the connection goes to the checked address (a second look-up
could answer differently). Each redirect starts over. Size, time, redirects and speed are limited.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache

import httpx

from shopsight.catalogue.robots import FORBIDDEN, MOST_BYTES, Robots, read_robots
from shopsight.errors import BadAddress, TooLarge

AGENT = "shopsight"
REDIRECTS = 5
RETRY = frozenset((408, 425, 429, 500, 502, 503, 504))
LONGEST_WAIT_S = 30.0
CLIENTS = 64
# Addresses that answer inside a cloud though Python calls them public: Azure's host service, Oracle's metadata.
INSIDE = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24")))
EMBEDDING = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, as the system knows them."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def is_public(address: str) -> bool:
    """Whether an IP address is out in the internet: not this machine, its network or cloud, nor a wrap of these."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        # These carry an IPv4 address inside, which a gateway on the way would unwrap.
        if any(ip in network for network in EMBEDDING):
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in INSIDE)


def fetch(
    url: str,
    *,
    max_bytes: int = 20_000_000,
    allow_hosts: Iterable[str] = (),
    timeout_s: float = 20.0,
    polite: bool = False,
) -> bytes:
    """The bytes behind one address. See `Fetcher`, which is the thing to keep for many."""
    with Fetcher(max_bytes=max_bytes, allow_hosts=allow_hosts, timeout_s=timeout_s) as fetcher:
        return fetcher(url, polite=polite)


@dataclass
class Fetcher:
    """Fetches many addresses: keeps connections, and keeps to a pace per host. Safe to share between threads.

    `allow_hosts` may be private (an own image server): names or addresses, with `:port` to allow just one. `max_bytes`
    and `timeout_s` hold for one answer, from the first byte sent to the last one read. `per_host_per_s` is how often
    one host is asked.
    """

    max_bytes: int = 20_000_000
    allow_hosts: Iterable[str] = ()
    timeout_s: float = 20.0
    per_host_per_s: float = 10.0
    attempts: int = 3
    backoff_s: float = 0.5
    resolve: Callable[[str, int], Sequence[str]] = resolve
    sleep: Callable[[float], None] = time.sleep
    _clients: dict[tuple[str, str], httpx.Client] = field(default_factory=dict, repr=False)
    _turns: dict[str, float] = field(default_factory=dict, repr=False)
    _robots: dict[str, Robots] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __call__(self, url: str, *, max_bytes: int = 0, polite: bool = False) -> bytes:
        """The bytes behind `url`. `polite` asks the site's robots.txt first and keeps the pause that it wishes.

        Raises BadAddress when it may not or cannot be fetched, TooLarge when it holds more than `max_bytes`.
        """
        address = url
        for _ in range(REDIRECTS + 1):
            parts = _parse(address)
            pause_s = self._ask_leave(parts) if polite else 0.0
            status, headers, body = self._try(parts, max_bytes or self.max_bytes, pause_s)
            if status not in (301, 302, 303, 307, 308) or "location" not in headers:
                return self._body(url, status, body)
            address = str(parts.join(headers["location"]))
        raise BadAddress(_short(url), f"it redirects more than {REDIRECTS} times", "give the final address")

    def close(self) -> None:
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _body(self, url: str, status: int, body: bytes) -> bytes:
        if status == 200:
            return body
        meaning = {
            401: "it needs a login",
            403: "it refuses",
            404: "it is not there",
            410: "it is gone",
            429: "it asks to slow down",
        }
        raise BadAddress(
            _short(url),
            f"{meaning.get(status, 'it fails')} (HTTP {status})",
            "open the address in a browser, and correct it in the source",
        )

    def _try(self, url: httpx.URL, max_bytes: int, pause_s: float) -> tuple[int, httpx.Headers, bytes]:
        """One answer, asked for again with growing pauses while the site is only busy or out of reach."""
        trouble = BadAddress(_short(str(url)), "it did not answer", "try again later")
        for attempt in range(1, self.attempts + 1):
            last = attempt == self.attempts
            try:
                self._wait_turn(url.host, pause_s)
                status, headers, body = self._get(url, max_bytes)
            except httpx.HTTPError as why:
                trouble = BadAddress(
                    _short(str(url)), f"it could not be reached ({_why(why)})", "check the address, or try again later"
                )
                if not last:
                    self.sleep(self.backoff_s * 2 ** (attempt - 1))
                continue
            if status not in RETRY or last:
                return status, headers, body
            self.sleep(min(max(_asked_wait_s(headers), self.backoff_s * 2 ** (attempt - 1)), LONGEST_WAIT_S))
        raise trouble

    def _get(self, url: httpx.URL, max_bytes: int) -> tuple[int, httpx.Headers, bytes]:
        """One request to a checked address; the body is read no further than `max_bytes`."""
        ends = time.monotonic() + self.timeout_s
        client = self._client(url)
        target = url.copy_with(host=self._checked(url))
        headers = {"Host": url.netloc.decode("ascii"), "Accept-Encoding": "gzip"}
        request = client.build_request(
            "GET", target, headers=headers, extensions={"sni_hostname": url.raw_host.decode("ascii")}
        )
        answer = client.send(request, stream=True, follow_redirects=False)
        try:
            if int(answer.headers.get("content-length", "0") or 0) > max_bytes:
                raise _too_large(url, max_bytes)
            body = bytearray()
            if answer.status_code == 200:
                for piece in answer.iter_raw():
                    body += piece
                    if len(body) > max_bytes:
                        raise _too_large(url, max_bytes)
                    if time.monotonic() > ends:
                        raise httpx.ReadTimeout(f"longer than {self.timeout_s:g} s", request=request)
            return answer.status_code, answer.headers, _unzip(bytes(body), answer.headers, url, max_bytes)
        finally:
            answer.close()

    def _checked(self, url: httpx.URL) -> str:
        """An address of the host that may be connected to: all that the name stands for must be allowed."""
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        try:
            addresses = self.resolve(url.host, port)
        except (OSError, UnicodeError) as why:
            raise httpx.ConnectError(f"no host {url.host}") from why
        if not addresses:
            raise httpx.ConnectError(f"no host {url.host}")
        own = {host.casefold().strip() for host in self.allow_hosts}
        if not own & {url.host, f"{url.host}:{port}"} and not all(map(is_public, addresses)):
            raise BadAddress(
                _short(str(url)),
                "it leads to a private address",
                "if this is your own server, add its name to allow_hosts",
            )
        return addresses[0].partition("%")[0]

    def _client(self, url: httpx.URL) -> httpx.Client:
        """A client per host: connections are told apart by IP address, and one address may serve many names."""
        key = (url.scheme, url.netloc.decode("ascii"))
        with self._lock:
            if key not in self._clients:
                # The oldest stays open until the end when a thread may be using it; 64 hosts are rarely passed.
                if len(self._clients) >= CLIENTS:
                    self._clients.pop(next(iter(self._clients)))
                # The environment's proxy would resolve names itself, past the check.
                self._clients[key] = httpx.Client(
                    trust_env=False,
                    verify=_authorities(),
                    timeout=httpx.Timeout(self.timeout_s, connect=min(self.timeout_s, 10.0)),
                    headers={"User-Agent": f"{AGENT}/0.1 (product import)", "Accept": "*/*"},
                )
            return self._clients[key]

    def _wait_turn(self, host: str, pause_s: float) -> None:
        """Waits until this host may be asked again."""
        gap_s = max(pause_s, 1 / self.per_host_per_s if self.per_host_per_s > 0 else 0.0)
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._turns.get(host, 0.0))
            self._turns[host] = turn + gap_s
        if turn > now:
            self.sleep(turn - now)

    def _ask_leave(self, url: httpx.URL) -> float:
        """The pause that the site's robots.txt asks for; raises BadAddress when it forbids the page."""
        site = f"{url.scheme}://{url.netloc.decode('ascii')}"
        if site not in self._robots:
            self._robots[site] = self._read_robots(httpx.URL(f"{site}/robots.txt"))
        if not self._robots[site].allows(str(url)):
            raise BadAddress(_short(str(url)), "the site's robots.txt forbids it", "ask the site's owner for a feed")
        return max(self._robots[site].delay_s, 1.0 if self.per_host_per_s <= 10 else 0.0)

    def _read_robots(self, url: httpx.URL) -> Robots:
        """What the site says. No such file allows all; a site that fails to answer forbids all."""
        for _ in range(REDIRECTS + 1):
            try:
                status, headers, body = self._try(url, MOST_BYTES, 0.0)
            except TooLarge:
                return FORBIDDEN
            except BadAddress as why:
                if "private" in why.reason:
                    raise
                return FORBIDDEN
            if status in (301, 302, 303, 307, 308) and "location" in headers:
                url = _parse(str(url.join(headers["location"])))
                continue
            if status == 200:
                return read_robots(body.decode("utf-8", "replace"), AGENT)
            return Robots() if 400 <= status < 500 and status != 429 else FORBIDDEN
        return Robots()


@cache
def _authorities() -> ssl.SSLContext:
    """Whom to trust, read once: a context per host would read the same long list each time."""
    return httpx.create_ssl_context(trust_env=False)


def _parse(url: str) -> httpx.URL:
    """The address, if it is one to fetch at all."""
    try:
        parts = httpx.URL(url.strip())
        port_fits = parts.port is None or 0 < parts.port < 65536
        parts.raw_host.decode("ascii")
    except (httpx.InvalidURL, ValueError, UnicodeError) as why:
        raise BadAddress(_short(url), "not a web address", "write it in full: https://shop.example/shirt.jpg") from why
    if parts.scheme not in ("http", "https") or not parts.host or not port_fits:
        raise BadAddress(_short(url), "not a web address", "write it in full: https://shop.example/shirt.jpg")
    if parts.userinfo:
        raise BadAddress(
            _short(str(parts.copy_with(username=None, password=None))),
            "it holds a name or password",
            "download the file yourself and name it",
        )
    return parts.copy_with(fragment=None)


def _unzip(body: bytes, headers: httpx.Headers, url: httpx.URL, max_bytes: int) -> bytes:
    """The body as it was before the server packed it; a small body may not unfold to more than the limit."""
    packing = headers.get("content-encoding", "").strip().lower()
    if packing in ("", "identity") or not body:
        return body
    if packing not in ("gzip", "x-gzip"):
        raise BadAddress(
            _short(str(url)),
            f"it is packed as {packing[:20]}, which was not asked for",
            "correct the server's settings",
        )
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, max_bytes + 1)
    except zlib.error as why:
        raise BadAddress(_short(str(url)), "its packing is broken", "try again later") from why
    if len(plain) > max_bytes:
        raise _too_large(url, max_bytes)
    return plain


def _too_large(url: httpx.URL, max_bytes: int) -> TooLarge:
    return TooLarge(
        _short(str(url)), f"it holds more than {max_bytes} bytes", "link a smaller file, or raise the limit"
    )


def _asked_wait_s(headers: httpx.Headers) -> float:
    """What `Retry-After` asks for: seconds or a date."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0


def _why(error: httpx.HTTPError) -> str:
    return (
        "it took too long" if isinstance(error, httpx.TimeoutException) else (str(error) or type(error).__name__)[:120]
    )


def _short(url: str) -> str:
    return url if len(url) <= 200 else f"{url[:197]}..."
