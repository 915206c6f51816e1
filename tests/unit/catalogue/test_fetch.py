"""The fetcher gets what it should, and cannot be led to where it should not go."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopback import Site
from shopsight.catalogue.fetch import Fetcher, fetch, is_public
from shopsight.errors import BadAddress, TooLarge


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


def fetcher(site: Site, **more: object) -> Fetcher:
    """One that may ask this site, and does not wait between questions."""
    options: dict[str, object] = {"allow_hosts": [site.host], "per_host_per_s": 10_000, "sleep": lambda s: None, **more}
    return Fetcher(**options)  # type: ignore[arg-type]


def test_gives_the_bytes_and_sends_the_name_of_the_host(site: Site) -> None:
    site.pages["/a.jpg?w=1"] = b"picture"
    assert fetch(f"{site.url}/a.jpg?w=1#top", allow_hosts=[site.host]) == b"picture"
    assert site.asked == ["/a.jpg?w=1"]
    assert site.headers[0]["Host"] == site.host
    assert site.headers[0]["User-Agent"].startswith("shopsight/")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.3.4", "192.168.1.1",
        "169.254.169.254", "100.100.100.200",
        "168.63.129.16", "192.0.0.192", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
        "fe80::1%eth0", "fd00:ec2::254",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "ff02::1", "nonsense",
    ],
)  # fmt: skip
def test_addresses_of_the_own_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


PRIVATE = [("10.0.0.0/8", 4), ("192.168.0.0/16", 4), ("fc00::/7", 6), ("fe80::/10", 6)]


@given(st.one_of([st.ip_addresses(v=version, network=network) for network, version in PRIVATE]))
def test_no_private_address_is_public_whatever_its_digits(address: object) -> None:
    assert not is_public(str(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "0"],
)
def test_private_addresses_in_any_writing_are_refused_unasked(site: Site, host: str) -> None:
    site.pages["/secret"] = b"secret"
    with pytest.raises(BadAddress) as refused:
        fetch(f"http://{host}:{site.port}/secret", timeout_s=5)
    assert (
        "private" in refused.value.reason
        or "reach" in refused.value.reason
        or "not a web address" in refused.value.reason
    )
    assert site.asked == []


def test_a_name_that_leads_inside_is_refused_even_if_only_one_of_its_addresses_does(site: Site) -> None:
    caller = Fetcher(resolve=lambda host, port: ["93.184.216.34", "127.0.0.1"])
    with caller, pytest.raises(BadAddress, match="private"):
        caller(f"http://pictures.example:{site.port}/a.jpg")
    assert site.asked == []


def test_the_checked_address_is_the_one_connected_to(site: Site) -> None:
    """A name that answers differently the second time (DNS rebinding) gets no second time."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    site.pages["/a.jpg"] = b"picture"
    caller = fetcher(site, allow_hosts=[f"shop.example:{site.port}"], resolve=lambda host, port: answers.pop(0))
    with caller:
        assert caller(f"http://shop.example:{site.port}/a.jpg") == b"picture"
    assert answers == [["10.0.0.1"]]
    assert site.headers[0]["Host"] == f"shop.example:{site.port}"


def test_a_redirect_is_checked_like_the_first_address(site: Site) -> None:
    with Site(pages={"/secret": b"secret"}) as inside:
        site.pages["/a.jpg"] = (302, {"Location": f"{inside.url}/secret"}, b"")
        with fetcher(site) as caller, pytest.raises(BadAddress, match="private"):
            caller(f"{site.url}/a.jpg")
        assert inside.asked == []


def test_relative_redirects_are_followed_and_circles_end(site: Site) -> None:
    site.pages |= {"/a": (301, {"Location": "/b"}, b""), "/b": b"there", "/c": (302, {"Location": "/c"}, b"")}
    with fetcher(site) as caller:
        assert caller(f"{site.url}/a") == b"there"
        with pytest.raises(BadAddress, match="redirects more than"):
            caller(f"{site.url}/c")


@pytest.mark.parametrize(
    "scheme", ["file:///etc/passwd", "ftp://a.example/x", "gopher://a.example", "data:text/plain,x"]
)
def test_only_the_web_is_fetched(scheme: str) -> None:
    with pytest.raises(BadAddress, match="not a web address"):
        fetch(scheme)


def test_a_redirect_cannot_change_to_a_file(site: Site) -> None:
    site.pages["/a"] = (302, {"Location": "file:///etc/passwd"}, b"")
    with fetcher(site) as caller, pytest.raises(BadAddress, match="not a web address"):
        caller(f"{site.url}/a")


@pytest.mark.parametrize(
    "address", ["", "shirt.jpg", "http://", "http://[::1", "https://a b/", "http://a:99999/x", "http://" + "a" * 300]
)
def test_nonsense_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        fetch(address, timeout_s=2)


def test_addresses_with_a_password_are_refused_without_repeating_it() -> None:
    with pytest.raises(BadAddress) as refused:
        fetch("https://me:s3cret@shop.example/feed.xml")
    assert "s3cret" not in str(refused.value)


def test_large_answers_are_refused_by_their_announcement(site: Site) -> None:
    site.pages["/big"] = (200, {"Content-Length": "5000000"}, b"")
    with fetcher(site, max_bytes=1000) as caller, pytest.raises(TooLarge, match="more than 1000 bytes"):
        caller(f"{site.url}/big")


def test_large_answers_without_an_announcement_are_cut_off(site: Site) -> None:
    site.pages["/big"] = (200, {"Content-Length": ""}, b"x" * 3_000_000)
    with fetcher(site, max_bytes=1000) as caller, pytest.raises(TooLarge):
        caller(f"{site.url}/big")


def test_a_packed_answer_is_unpacked_but_not_beyond_the_limit(site: Site) -> None:
    site.pages["/page"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"words " * 100))
    site.pages["/bomb"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"\0" * 10_000_000))
    site.pages["/torn"] = (200, {"Content-Encoding": "gzip"}, b"not gzip at all")
    with fetcher(site, max_bytes=50_000) as caller:
        assert caller(f"{site.url}/page") == b"words " * 100
        with pytest.raises(TooLarge):
            caller(f"{site.url}/bomb")
        with pytest.raises(BadAddress, match="packing"):
            caller(f"{site.url}/torn")


def test_a_site_that_is_busy_is_asked_again_after_the_time_it_names(site: Site) -> None:
    replies: list[tuple[int, dict[str, str], bytes]] = [
        (503, {"Retry-After": "7"}, b""),
        (500, {}, b""),
        (200, {}, b"at last"),
    ]
    site.pages["/a"] = lambda: replies.pop(0)
    slept: list[float] = []
    with fetcher(site, sleep=slept.append) as caller:
        assert caller(f"{site.url}/a") == b"at last"
    assert [s for s in slept if s >= 0.5] == [7.0, 1.0]


def test_a_missing_picture_is_not_asked_for_again(site: Site) -> None:
    with fetcher(site) as caller, pytest.raises(BadAddress, match=r"not there \(HTTP 404\)"):
        caller(f"{site.url}/gone.jpg")
    assert site.asked == ["/gone.jpg"]


def test_a_host_that_does_not_exist_is_said_plainly() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("unknown")

    with (
        Fetcher(resolve=nobody, sleep=lambda s: None) as caller,
        pytest.raises(BadAddress, match=r"no host shop\.example"),
    ):
        caller("https://shop.example/a.jpg")


def test_an_answer_that_drips_is_given_up(site: Site) -> None:
    site.pages["/slow"] = lambda: (time.sleep(1.5), (200, {}, b"x"))[1]
    with fetcher(site, timeout_s=0.2, attempts=1) as caller, pytest.raises(BadAddress, match="took too long"):
        caller(f"{site.url}/slow")


def test_one_host_is_asked_at_a_pace(site: Site) -> None:
    site.pages |= {"/1": b"1", "/2": b"2", "/3": b"3"}
    slept: list[float] = []
    with fetcher(site, per_host_per_s=0.01, sleep=slept.append) as caller:
        for path in ("/1", "/2", "/3"):
            caller(f"{site.url}{path}")
    assert len(slept) == 2
    assert slept[1] > slept[0] > 50


def test_robots_are_asked_once_and_obeyed(site: Site) -> None:
    site.pages |= {
        "/robots.txt": b"User-agent: *\nDisallow: /private\nCrawl-delay: 3\n",
        "/bags": b"bags",
        "/private/x": b"no",
    }
    slept: list[float] = []
    with fetcher(site, sleep=slept.append) as caller:
        assert caller(f"{site.url}/bags", polite=True) == b"bags"
        assert caller(f"{site.url}/bags", polite=True) == b"bags"
        with pytest.raises(BadAddress, match=r"robots\.txt forbids"):
            caller(f"{site.url}/private/x", polite=True)
    assert site.asked == ["/robots.txt", "/bags", "/bags"]
    assert max(slept) > 2


def test_no_robots_file_allows_and_a_failing_one_forbids(site: Site) -> None:
    site.pages["/bags"] = b"bags"
    with fetcher(site) as caller:
        assert caller(f"{site.url}/bags", polite=True) == b"bags"
    site.pages["/robots.txt"] = (500, {}, b"")
    with fetcher(site) as caller, pytest.raises(BadAddress, match="forbids"):
        caller(f"{site.url}/bags", polite=True)
