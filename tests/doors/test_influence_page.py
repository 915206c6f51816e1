"""The console's pages of influence and KPIs in a real browser: a factor is clicked, and everybody can use them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event

import numpy as np
import pytest
from test_pages_browser import RULES, browser, chromium, context  # noqa: F401
from web_shop import keep, serving

from shopsight.errors import TooLittleData
from shopsight.insight.factors import FACTORS, VERSION
from shopsight.insight.simulate import simulate_shop
from shopsight.shop import Shop, open_shop
from shopsight.types import Product
from shopsight.web.answer_desk import AnswerDesk

VARY = ("brightness", "contrast", "warmth")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """96 products with three factors that vary, brightness planted."""
    lot = np.random.default_rng(2)
    values = lot.standard_normal((96, len(VARY)))
    with open_shop(tmp_path_factory.mktemp("pages") / "shop", engine="histogram", requests_per_minute=0) as shop:
        photos = [keep(shop, np.full((40, 40, 3), 20 + 2 * number, np.uint8)) for number in range(96)]
        shop.catalogue.save(
            [
                Product(f"P{n:02}", f"Product {n}", category=("Shirts", "Shoes")[n % 2], photos=(photos[n],))
                for n in range(96)
            ]
        )
        plain = dict.fromkeys(FACTORS, 0.5)
        shop.catalogue.keep_factors(
            VERSION,
            {photo: {**plain, **dict(zip(VARY, row, strict=True))} for photo, row in zip(photos, values, strict=True)},
        )
        scaled = (values - values.mean(0)) / values.std(0)
        skus = [f"P{n:02}" for n in range(96)]
        effects = {"click_through": {"brightness": 0.3}}
        made = simulate_shop(1, 96, 14, effects, names=VARY, factors=scaled, skus=skus)
        shop.catalogue.save_daily(made.daily("click_through"), "simulated")
        yield shop


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_a_factor_is_clicked_and_its_photos_are_seen(width: int, theme: str, context, shop: Shop) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    with serving(shop) as address:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme)
        page.goto(f"{address}/console/kpis")
        page.get_by_role("link", name="What pictures go with it").click()
        page.wait_for_selector("#summary", timeout=120_000)
        page.get_by_role("link", name="brightness").first.click()
        page.wait_for_selector("#photos", timeout=120_000)
        assert page.locator("#photos img").count() == 12
        assert "More brightness" in page.locator(".plain-words").inner_text()
        for path in (page.url, f"{address}/console/kpis"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            found = Axe().run(page, options=RULES).response["violations"]
            assert not found, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]


def test_an_answer_that_takes_long_is_picked_up_by_asking_again() -> None:
    desk, go, begun = AnswerDesk(), Event(), []

    def work(progress) -> int:  # type: ignore[no-untyped-def]
        begun.append(1)
        progress("control", 3, 20)
        go.wait(30)
        return 7

    assert desk.ask("it", work, patience_s=0.2) == "Control: 3 of 20"
    assert desk.ask("it", work, patience_s=0.05) == "Control: 3 of 20"
    assert desk.ask("other", lambda progress: 1, patience_s=0.05) == "Waiting for another question."
    go.set()
    assert desk.ask("it", work, patience_s=30) == 7
    assert begun == [1]
    desk.close()


def test_what_cannot_be_answered_is_raised_to_the_one_who_asks() -> None:
    desk = AnswerDesk()

    def refuse(progress) -> int:  # type: ignore[no-untyped-def]
        raise TooLittleData("it", "is too little", "Bring more.")

    for _ in range(2):
        with pytest.raises(TooLittleData):
            desk.ask("it", refuse, patience_s=30)
    desk.close()


def test_too_many_questions_are_told_to_come_back() -> None:
    desk, go = AnswerDesk(), Event()
    for number in range(8):
        desk.ask(f"{number}", lambda progress: go.wait(30), patience_s=0.01)
    assert desk.ask("one more", lambda progress: True, patience_s=0.01) == "Other questions are before this one."
    go.set()
    until = time.monotonic() + 30
    while desk.ask("one more", lambda progress: True, patience_s=1) is not True:
        assert time.monotonic() < until
    desk.close()
