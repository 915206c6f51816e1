"""The console's page of the Fashion-MNIST network, without scripts and with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient
from test_pages_browser import RULES, browser, chromium, context  # noqa: F401
from web_shop import Stall, serving

from shopsight.engines.store import is_here
from shopsight.images.decode import encode
from shopsight.types import Finding
from shopsight.web.fashion_mnist import say_sure

HTML = {"Accept": "text/html"}
needs_weights = pytest.mark.skipif(not is_here("fashion-mnist"), reason="its weights are not made yet (make models)")


@needs_weights
def test_a_photo_is_answered_without_any_script(client: TestClient, stall: Stall) -> None:
    photo = encode(stall.drawn[stall.skus[0]][0])
    answer = client.post("/console/fashion-mnist", files={"photo": ("a.jpg", photo)}, headers=HTML)
    assert answer.status_code == 200
    page = BeautifulSoup(answer.text, "html.parser")
    chances = [int(item.select(".soft")[0].text.rstrip("%")) for item in page.select(".measures li")]
    assert len(chances) == 10
    assert chances == sorted(chances, reverse=True)
    assert 95 <= sum(chances) <= 105
    assert page.select_one("img.tiny")["src"].startswith("data:image/png;base64,")
    assert page.select_one(".tiny-look h2").text


@needs_weights
def test_the_page_says_how_good_the_network_is(client: TestClient) -> None:
    page = BeautifulSoup(client.get("/console/fashion-mnist", headers=HTML).text, "html.parser")
    facts = page.select_one(".facts").text
    assert re.search(r"9[3-9]\.\d\d% \(9\d\.\d\d% to 9\d\.\d\d%\), 10,000 pictures, measured", facts)
    sheets = page.select(".sheets img")
    assert len(sheets) == 5
    assert all(len(sheet["alt"]) > 20 for sheet in sheets)
    assert page.select_one('.rooms a[aria-current="page"]').text == "Fashion-MNIST"


@pytest.mark.parametrize("data", [b"", b"not a picture"])
def test_what_is_no_photo_is_refused_with_a_cure(data: bytes, client: TestClient) -> None:
    for path in ("/console/fashion-mnist", "/console/fashion-mnist/look"):
        answer = client.post(path, files={"photo": ("a.jpg", data)}, headers={"Accept": "application/json"})
        assert answer.status_code == 422
    assert client.post("/console/fashion-mnist", headers=HTML).status_code == 422


@pytest.mark.parametrize(
    ("chance", "words"), [(0.93, "Coat, quite sure"), (0.6, "Probably Coat"), (0.3, "Not sure: Coat or Shirt")]
)
def test_the_words_follow_the_chance(chance: float, words: str) -> None:
    findings = (Finding("Coat", chance), Finding("Shirt", (1 - chance) / 2))
    title, more = say_sure(findings, {"photo_rows": 1200, "photo_accuracy": 0.41})
    assert title == words
    assert f"a chance of {chance:.0%}" in more
    assert "On 1,200 phone photos of such garments its first answer was right for 41%." in more
    assert "phone photos" not in say_sure(findings, {})[1]


@needs_weights
@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_a_chosen_photo_is_looked_at_at_once(width: int, context, stall: Stall, tmp_path: Path) -> None:  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    path = tmp_path / "seen.jpg"
    path.write_bytes(encode(stall.drawn[stall.skus[0]][0]))
    with serving(stall.shop) as address:
        page, wrong = context.new_page(), []
        page.set_viewport_size({"width": width, "height": 800})
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        page.goto(f"{address.rstrip('/')}/console/fashion-mnist")
        assert page.locator("#choose").is_visible()
        page.set_input_files("#file", path)
        page.locator(".tiny-look").wait_for()
        assert page.locator(".measures li").count() == 10
        assert page.evaluate("document.documentElement.scrollWidth") == width
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        assert not wrong
