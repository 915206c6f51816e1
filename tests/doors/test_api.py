"""The HTTP API as a program meets it: search, products, photos, limits, keys, metrics."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from web_shop import Stall

from shopsight.images.alter import ALTERATIONS
from shopsight.images.decode import encode
from shopsight.settings import Settings
from shopsight.shop import Shop
from shopsight.web import create_app
from shopsight.web.guard import CONTENT_POLICY, RateLimit

API = "/api/v1"


def post_photo(client: TestClient, data: bytes, name: str = "photo.jpg", **fields: object):
    return client.post(f"{API}/search", files={"photo": (name, data)}, data=fields)


# --- search ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alteration", ["jpeg40", "blur"])
def test_finds_the_product_of_an_altered_photo(client: TestClient, stall: Stall, alteration: str) -> None:
    sku = stall.skus[3]
    answer = post_photo(client, encode(ALTERATIONS[alteration](stall.drawn[sku][0], 1))).json()
    assert sku in [hit["product"]["sku"] for hit in answer["hits"][:3]]
    assert set(answer["ms"]) >= {"decode", "embed", "search", "total"}
    assert all(0 <= hit["match_probability"] <= 1 for hit in answer["hits"])


def test_searches_the_box_of_a_photo_only(client: TestClient, stall: Stall) -> None:
    left, right = (stall.drawn[stall.skus[n]][0] for n in (0, 5))
    side = min(left.shape[0], right.shape[0])
    both = np.hstack([left[:side], right[:side]])
    width = left.shape[1]
    box = f"{width},0,{both.shape[1]},{side}"
    answer = post_photo(client, encode(both), box=box).json()
    assert answer["hits"][0]["product"]["sku"] == stall.skus[5]
    assert answer["box_px"] == [width, 0, both.shape[1], side]


def test_words_find_and_filters_hold(client: TestClient, stall: Stall) -> None:
    product = stall.shop.product(stall.skus[2])
    answer = client.get(f"{API}/search", params={"words": product.title, "category": product.category}).json()
    assert product.sku in [hit["product"]["sku"] for hit in answer["hits"]]
    assert {hit["product"]["category"] for hit in answer["hits"]} == {product.category}


def test_one_hit_per_product(client: TestClient, stall: Stall) -> None:
    answer = post_photo(client, encode(stall.drawn[stall.skus[0]][0]), k=100).json()
    skus = [hit["product"]["sku"] for hit in answer["hits"]]
    assert len(skus) == len(set(skus)) == len(stall.skus)


def test_more_like_this_leaves_the_product_out(client: TestClient, stall: Stall) -> None:
    answer = client.get(f"{API}/products/{stall.skus[0]}/like", params={"k": 5}).json()
    assert len(answer["hits"]) == 5
    assert stall.skus[0] not in [hit["product"]["sku"] for hit in answer["hits"]]


# --- bad input ---------------------------------------------------------------------------------------------------


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be huge and holds next to nothing."""
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "PNG")
    data = bytearray(out.getvalue())
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    import zlib

    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


BAD_PHOTOS = {
    "empty": b"",
    "html": b"<html><script>alert(1)</script></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
    "text": b"not a picture at all",
    "bomb": png_header(20_000, 10_000),
    "cut": encode(np.full((300, 300, 3), 90, np.uint8))[:400],
}


@pytest.mark.parametrize("kind", BAD_PHOTOS)
def test_says_what_is_wrong_with_a_bad_photo(client: TestClient, kind: str) -> None:
    answer = post_photo(client, BAD_PHOTOS[kind], f"{kind}.jpg")
    assert answer.status_code in {413, 422}
    problem = answer.json()
    assert set(problem) == {"code", "message", "cure"}
    assert all(problem.values())


def test_refuses_fifty_megabytes_without_reading_them(client: TestClient) -> None:
    answer = post_photo(client, b"\xff" * 50_000_000)
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_refuses_a_stream_that_hides_its_length(client: TestClient) -> None:
    def flood():
        yield b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
        for _ in range(30):
            yield b"\xff" * 1_000_000

    answer = client.post(f"{API}/search", content=flood(), headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 413


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "9,9,1,1", "1e999,0,5,5", "nan,0,1,1"])
def test_a_box_that_is_none(client: TestClient, stall: Stall, box: str) -> None:
    answer = post_photo(client, encode(stall.drawn[stall.skus[0]][0]), box=box)
    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_input"


@pytest.mark.parametrize("path", ["/products/none", "/photos/" + "0" * 64, "/imports/none", "/nowhere"])
def test_what_is_not_there(client: TestClient, path: str) -> None:
    answer = client.get(API + path)
    assert answer.status_code == 404
    assert answer.json()["cure"]


# --- products ----------------------------------------------------------------------------------------------------


def test_a_product_added_with_its_photo_is_found_and_one_removed_is_not(client: TestClient) -> None:
    stripes = np.zeros((240, 200, 3), np.uint8)
    stripes[::8] = (250, 0, 250)
    fields = {"title": "Magenta night", "price": "12.50", "currency": "EUR", "attributes": {"colour": "magenta"}}
    assert client.put(f"{API}/products/a%2Fb", json=fields).json()["sku"] == "a/b"
    added = client.post(f"{API}/products/a%2Fb/photos", files=[("photos", ("m.png", encode(stripes, "image/png")))])
    assert len(added.json()["photos"]) == 1
    assert post_photo(client, encode(stripes)).json()["hits"][0]["product"]["sku"] == "a/b"
    changed = client.put(f"{API}/products/a%2Fb", json={**fields, "title": "Magenta day"}).json()
    assert (changed["title"], changed["photos"]) == ("Magenta day", added.json()["photos"])
    assert client.delete(f"{API}/products/a%2Fb").status_code == 204
    assert "a/b" not in [hit["product"]["sku"] for hit in post_photo(client, encode(stripes)).json()["hits"]]
    assert client.delete(f"{API}/products/a%2Fb").status_code == 404


def test_pages_of_products_hold_each_once(client: TestClient, stall: Stall) -> None:
    pages = [client.get(f"{API}/products", params={"offset": o, "limit": 5}).json() for o in range(0, 20, 5)]
    skus = [p["sku"] for page in pages for p in page["products"]]
    assert sorted(skus) == sorted(stall.skus)
    assert {page["total"] for page in pages} == {len(stall.skus)}


def test_facets_count_what_filters_leave(client: TestClient) -> None:
    facets = client.get(f"{API}/facets").json()
    for category, count in facets["categories"].items():
        assert client.get(f"{API}/products", params={"category": category}).json()["total"] == count


@pytest.mark.parametrize("field", [{"price": "-1"}, {"price": "NaN"}, {"title": ""}, {"url": "javascript:alert(1)"}])
def test_a_product_that_cannot_be(client: TestClient, field: dict[str, str]) -> None:
    answer = client.put(f"{API}/products/x", json={"title": "X", **field})
    assert answer.status_code == 422
    assert set(answer.json()) == {"code", "message", "cure"}


# --- photos ------------------------------------------------------------------------------------------------------


def test_photos_and_thumbnails_are_kept_by_browsers_for_ever(client: TestClient, stall: Stall) -> None:
    photo = stall.shop.product(stall.skus[0]).photos[0]
    for address in (f"{API}/photos/{photo}", f"{API}/photos/{photo}/240"):
        answer = client.get(address)
        assert "immutable" in answer.headers["cache-control"]
        again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("side", [120, 240, 480, 960])
def test_thumbnails_have_their_size_and_never_grow(client: TestClient, stall: Stall, side: int) -> None:
    photo = stall.shop.catalogue.photo(stall.shop.product(stall.skus[0]).photos[0])
    with Image.open(io.BytesIO(client.get(f"{API}/photos/{photo.id}/{side}").content)) as small:
        assert small.format == "WEBP"
        assert max(small.size) == min(side, max(photo.width_px, photo.height_px))


def test_other_sizes_are_not_made(client: TestClient, stall: Stall) -> None:
    photo = stall.shop.product(stall.skus[0]).photos[0]
    assert client.get(f"{API}/photos/{photo}/100000").status_code == 422


# --- who may what ------------------------------------------------------------------------------------------------

FIELDS = {"title": "Written"}


def door(shop: Shop, *, client=("127.0.0.1", 5000), host: str = "127.0.0.1", **settings: object) -> TestClient:
    """The same shop behind a door with other settings."""
    other = Shop(Settings(**{**shop.settings.model_dump(), "requests_per_minute": 0, **settings}))
    return TestClient(create_app(other), client=client, base_url=f"http://{host}", raise_server_exceptions=False)


STRANGERS = {
    "another machine": ({"client": ("10.0.0.7", 5000)}, {}),
    "a proxy here": ({}, {"X-Forwarded-For": "203.0.113.9"}),
    "a name pointed here": ({"host": "evil.example"}, {}),
    "another site's page": ({}, {"Origin": "https://evil.example"}),
    "another site's form": ({}, {"Sec-Fetch-Site": "cross-site"}),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_without_a_key_only_this_machine_writes(stall: Stall, stranger: str) -> None:
    how, headers = STRANGERS[stranger]
    asked = door(stall.shop, **how)
    answer = asked.put(f"{API}/products/w", json=FIELDS, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_allowed")
    assert asked.get(f"{API}/products").status_code == 200


def test_with_a_key_everybody_needs_it(stall: Stall) -> None:
    locked = door(stall.shop, api_key="open sesame", client=("10.0.0.7", 5000), host="shop.example")
    assert locked.put(f"{API}/products/w", json=FIELDS).status_code == 401
    assert locked.put(f"{API}/products/w", json=FIELDS, headers={"X-API-Key": "wrong"}).status_code == 401
    key = {"X-API-Key": "open sesame"}
    assert locked.put(f"{API}/products/w", json=FIELDS, headers=key).status_code == 200
    assert locked.delete(f"{API}/products/w", headers=key).status_code == 204


def test_the_console_s_cookie_writes_and_no_other_site_can_use_it(stall: Stall) -> None:
    locked = door(stall.shop, api_key="open sesame")
    assert locked.post(f"{API}/session", json={"key": "wrong"}).status_code == 401
    answer = locked.post(f"{API}/session", json={"key": "open sesame"})
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    assert "sesame" not in answer.headers["set-cookie"]
    evil = {"Origin": "https://evil.example"}
    assert locked.put(f"{API}/products/w", json=FIELDS, headers=evil).status_code == 401
    assert locked.put(f"{API}/products/w", json=FIELDS).status_code == 200
    assert locked.delete(f"{API}/products/w").status_code == 204


def test_reading_can_be_closed(stall: Stall) -> None:
    closed = door(stall.shop, api_key="k", open_reading=False)
    assert closed.get(f"{API}/products").status_code == 401
    assert closed.get("/").status_code == 401
    assert closed.get(f"{API}/products", headers={"X-API-Key": "k"}).status_code == 200


def test_too_many_requests_are_told_to_wait(stall: Stall) -> None:
    hasty = door(stall.shop, requests_per_minute=3)
    answers = [hasty.get(f"{API}/health") for _ in range(5)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json()["code"] == "too_many"
    assert int(answers[-1].headers["retry-after"]) > 0


def test_the_bucket_refills() -> None:
    now = [0.0]
    rate = RateLimit(60, lambda: now[0])
    assert [rate.take("a") for _ in range(61)][-1] > 0
    now[0] = 1.5
    assert rate.take("a") == 0
    assert rate.take("a") > 0
    assert rate.take("b") == 0


# --- what every answer carries -----------------------------------------------------------------------------------


def test_every_answer_is_dressed(client: TestClient) -> None:
    for path in ("/", f"{API}/health", "/nowhere"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == CONTENT_POLICY
        assert headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in CONTENT_POLICY


def test_other_sites_read_only_where_they_are_named(stall: Stall) -> None:
    site = {"Origin": "https://shop.example"}
    assert "access-control-allow-origin" not in door(stall.shop).get(f"{API}/health", headers=site).headers
    named = door(stall.shop, cors_origins=["https://shop.example"])
    assert named.get(f"{API}/health", headers=site).headers["access-control-allow-origin"] == "https://shop.example"


def test_metrics_are_prometheus_text_and_count(client: TestClient, stall: Stall) -> None:
    line = re.compile(r'^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+$')
    post_photo(client, encode(stall.drawn[stall.skus[0]][0]))
    text = client.get(f"{API}/metrics").text
    assert all(line.match(row) for row in text.splitlines() if not row.startswith("#"))
    assert re.search(r'shopsight_searches_total\{asked="photo",verdict="[a-z ]+"\} [1-9]', text)
    assert f"shopsight_products {len(stall.skus)}" in text
    buckets = re.findall(r'request_seconds_bucket\{route="/api/v1/search",le="[^"]+"\} (\d+)', text)
    assert [int(b) for b in buckets] == sorted(int(b) for b in buckets)
    assert buckets[-1] == re.search(r'request_seconds_count\{route="/api/v1/search"\} (\d+)', text)[1]


def test_the_description_is_complete(client: TestClient) -> None:
    document = client.get(f"{API}/openapi.json").json()
    operations = [(p, m, o) for p, methods in document["paths"].items() for m, o in methods.items()]
    assert len(operations) >= 20
    for path, method, operation in operations:
        assert operation.get("description"), f"{method} {path} says nothing"
        assert "Problem" in json.dumps(operation["responses"]), f"{method} {path} has no error"
        assert path.startswith(API)
    assert "HTTPValidationError" not in json.dumps(document)


def test_routes_stay_small() -> None:
    """DESIGN: doors parse, call, render; a route longer than about 15 lines has swallowed something."""
    import inspect

    from shopsight.web import health, imports, photos, products, search, site

    for room in (health, imports, photos, products, search, site):
        for name, function in inspect.getmembers(room, inspect.isfunction):
            if function.__module__ == room.__name__:
                body = inspect.getsource(function).split('"""')[-1]
                assert body.count("\n") <= 15, f"{room.__name__}.{name}"
