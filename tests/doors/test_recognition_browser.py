"""Recognition, suggestions and training in a real browser: drawn findings, pressed frames, keys, downloads, axe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from test_pages_browser import ANSWERED, RULES, address, browser, context  # noqa: F401 (fixtures)
from web_shop import Stall

from shopsight.catalogue.suggestions import Idea
from shopsight.images.decode import decode

pytestmark = pytest.mark.browser
PLACES = {"left": (40, 50, 280, 350), "right": (360, 50, 600, 350)}
"""Where the two garments of the scene lie, in its 640 x 400 pixels."""


@pytest.fixture
def opened(context: BrowserContext) -> Iterator[Page]:  # noqa: F811
    """A page; any error or refused script on the way fails the test."""
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "Failed to load" not in m.text else None)
    yield page
    assert not wrong


@pytest.fixture
def scene(stall: Stall, tmp_path: Path) -> Path:
    """Two of the shop's garments side by side."""
    pixels = np.full((400, 640, 3), 255, np.uint8)
    for number, (left, top, right, bottom) in zip((2, 8), PLACES.values(), strict=True):
        drawn = Image.fromarray(stall.drawn[stall.skus[number]][0]).resize((right - left, bottom - top))
        pixels[top:bottom, left:right] = np.asarray(drawn)
    path = tmp_path / "two things.png"
    Image.fromarray(pixels).save(path)
    return path


def usable(page: Page, width: int) -> None:
    """Everybody can use the page as it stands, and nothing sticks out of it."""
    found = Axe().run(page, options=RULES).response["violations"]
    assert [f"{v['id']}: {n['html'][:150]}" for v in found for n in v["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# --- the console's page of recognition ------------------------------------------------------------------------------


def pixels_of(page: Page) -> int:
    """How many pixels of the drawing over the picture bear colour."""
    return page.evaluate(
        """() => { const layer = document.querySelector("#stage canvas");
        if (!layer.width) return 0;
        const { data } = layer.getContext("2d").getImageData(0, 0, layer.width, layer.height);
        let count = 0; for (let i = 3; i < data.length; i += 4) count += data[i] > 0; return count; }"""
    )


def test_findings_are_drawn_lit_sifted_and_taken_home(opened: Page, address: str, scene: Path) -> None:  # noqa: F811
    page = opened
    page.goto(f"{address}/console/recognise?task=instances")
    page.set_input_files("#file", scene)
    rows = page.locator(".found-table tbody tr")
    expect(rows).to_have_count(2)
    expect(page.locator("#stage rect.over")).to_have_count(2)
    covered = pixels_of(page)
    assert 0.1 * 640 * 400 < covered < 0.6 * 640 * 400
    row = rows.first.get_by_role("button")
    row.focus()
    expect(page.locator("#stage rect.over.lit")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(row).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Masks").uncheck()
    assert pixels_of(page) == 0
    page.get_by_label("Boxes").uncheck()
    expect(page.locator("#stage rect")).to_have_count(0)
    page.get_by_label("Boxes").check()
    page.locator("#least").fill("95")
    expect(page.locator("#stage rect")).to_have_count(0)
    page.locator("#least").fill("0")
    page.locator(".kinds-found input").first.uncheck()
    expect(page.locator("tr.off")).not_to_have_count(0)
    with page.expect_download() as got:
        page.get_by_role("button", name="COCO JSON").click()
    assert got.value.suggested_filename == "two things-coco.json"
    told = json.loads(Path(got.value.path()).read_text())
    assert (told["images"][0]["file_name"], len(told["annotations"])) == ("two things.png", 2)
    centres = sorted(b[0] + b[2] / 2 for b in (each["bbox"] for each in told["annotations"]))
    assert [40 < centres[0] < 280, 360 < centres[1] < 600] == [True, True]
    with page.expect_download() as got:
        page.get_by_role("button", name="Drawn picture").click()
    assert decode(Path(got.value.path()).read_bytes()).shape[1] >= 640


def test_a_photo_of_the_shop_is_asked_another_question_and_a_reload_keeps_it(
    opened: Page,
    address: str,  # noqa: F811
) -> None:
    page = opened
    page.goto(f"{address}/console/recognise?task=detect")
    page.locator("[data-photo-id]").nth(2).click()
    expect(page.locator("[data-said]")).to_contain_text("found")
    page.get_by_role("radio", name="What is it?").check()
    expect(page.locator("[data-said]")).to_have_text("Not a product I know")
    expect(page.locator("#stage rect")).to_have_count(0)
    page.reload()
    expect(page.locator("[data-said]")).to_have_text("Not a product I know")
    expect(page.locator("#command")).to_contain_text("--task classify")
    page.locator("#labels").select_option(value="outline")
    expect(page.get_by_role("radio", name="What is it?")).to_be_disabled()
    expect(page.locator(".recognised")).not_to_have_attribute("data-task", "classify")


def test_what_is_no_picture_gets_a_reason_and_a_cure(opened: Page, address: str, tmp_path: Path) -> None:  # noqa: F811
    opened.goto(f"{address}/console/recognise")
    (tmp_path / "page.jpg").write_text("<html>no picture</html>")
    opened.set_input_files("#file", tmp_path / "page.jpg")
    expect(opened.get_by_role("alert")).to_contain_text("That did not work")


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_the_drawing_fits_and_everybody_can_use_it(
    opened: Page,
    address: str,  # noqa: F811
    stall: Stall,
    scene: Path,
    width: int,
    theme: str,
) -> None:
    opened.set_viewport_size({"width": width, "height": 780})
    opened.emulate_media(color_scheme=theme)
    opened.goto(f"{address}/console/recognise?task=instances")
    opened.set_input_files("#file", scene)
    expect(opened.locator(".found-table tbody tr")).to_have_count(2)
    usable(opened, width)
    opened.goto(f"{address}/console/photo/{stall.shop.product(stall.skus[2]).photos[0]}")
    expect(opened.locator(".found-table")).to_be_visible()
    expect(opened.locator("#stage rect.over")).to_have_count(opened.locator(".found-table tbody tr").count())
    usable(opened, width)


# --- the shopper's page ---------------------------------------------------------------------------------------------


def test_products_in_a_shopper_s_photo_are_pressed_to_be_found(
    opened: Page,
    address: str,  # noqa: F811
    stall: Stall,
    scene: Path,
) -> None:
    page, asked = opened, []
    page.on("response", lambda r: asked.append(r.url) if r.request.method == "POST" else None)
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(address)
    page.set_input_files("#file", scene)
    frames = page.locator(".choice")
    expect(frames).to_have_count(2)
    places = [url.removeprefix(address).partition("?")[0] for url in asked]
    assert places.index("/results") < places.index("/api/v1/recognise")  # The first answer waits for nothing.
    for button in page.locator(".choice button").all():
        size = button.bounding_box()
        assert min(size["width"], size["height"]) >= 44
    usable(page, 360)

    stage = page.locator("#stage").bounding_box()
    # Pressed by mouse or finger anywhere in its frame, not only at its dot.
    page.mouse.click(stage["x"] + 0.31 * stage["width"], stage["y"] + 0.5 * stage["height"])
    expect(page.locator(".card").first).to_have_attribute("data-sku", stall.skus[2])
    expect(page.locator(".choice.is")).to_have_count(1)
    other = page.locator('.choice button[aria-pressed="false"]')
    other.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card").first).to_have_attribute("data-sku", stall.skus[8])
    expect(page.locator(".choice.is")).to_have_count(1)
    left, _, right, _ = map(int, page.locator("#results [data-box]").get_attribute("data-box").split(","))
    assert 330 < left < right <= 640

    page.get_by_role("button", name="Whole picture").click()
    expect(page.locator("#results [data-box]")).to_have_attribute("data-box", "0,0,640,400")
    expect(page.locator(".choice.is")).to_have_count(0)
    page.mouse.move(stage["x"] + 0.1 * stage["width"], stage["y"] + 0.2 * stage["height"])
    page.mouse.down()
    page.mouse.move(stage["x"] + 0.4 * stage["width"], stage["y"] + 0.8 * stage["height"], steps=5)
    page.mouse.up()
    # Over a frame a box is still drawn by hand, and ending it there presses nothing.
    expect(page.locator("#results [data-box]")).not_to_have_attribute("data-box", "0,0,640,400")
    expect(page.locator(".choice.is")).to_have_count(0)


def test_one_product_alone_is_no_choice(opened: Page, address: str, scene: Path, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "one.png"
    Image.open(scene).crop((0, 0, 320, 400)).save(path)
    opened.goto(address)
    with opened.expect_response("**/api/v1/recognise") as answer:
        opened.set_input_files("#file", path)
    assert sum(finding["score"] >= 0.5 for finding in answer.value.json()["findings"]) == 1
    expect(opened.locator(ANSWERED)).to_be_visible()
    expect(opened.locator(".choice")).to_have_count(0)


# --- suggestions ----------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(stall: Stall) -> Iterator[Stall]:
    """A suggestion each for five products that state nothing; the shop is as it was afterwards."""
    catalogue = stall.shop.catalogue
    before = [catalogue.product(sku) for sku in stall.skus[:5]]
    catalogue.save([replace(product, category="", attributes={}) for product in before])
    ideas = [Idea(p.sku, p.photos[0], "category", "Gown", 0.98 - n / 10) for n, p in enumerate(before)]
    catalogue.suggest(ideas, "mine/1")
    yield stall
    catalogue.undo_suggestions([each.id for each in catalogue.suggestions().suggestions])
    catalogue.save(before)


def test_suggestions_are_decided_by_keys_and_taken_back(opened: Page, address: str, waiting: Stall) -> None:  # noqa: F811
    page, catalogue, skus = opened, waiting.shop.catalogue, waiting.skus
    page.goto(f"{address}/console/suggestions")
    ideas = page.locator("[data-idea]")
    expect(ideas).to_have_count(5)
    usable(page, 1280)
    page.keyboard.press("a")  # Without a suggestion in focus a letter does nothing.
    ideas.first.focus()
    page.keyboard.press("a")
    expect(ideas.nth(0)).to_have_attribute("data-state", "accepted")
    expect(ideas.nth(1)).to_be_focused()
    page.keyboard.press("c")
    page.keyboard.type("Evening dress, a")  # Letters in the field are letters.
    page.keyboard.press("Enter")
    expect(ideas.nth(1)).to_contain_text("Corrected to “Evening dress, a”")
    expect(ideas.nth(2)).to_be_focused()
    page.keyboard.press("d")
    expect(ideas.nth(2)).to_have_attribute("data-state", "dismissed")
    expect(page.locator("#far")).to_have_text("3 of 5 decided")
    assert [catalogue.product(sku).category for sku in skus[:4]] == ["Gown", "Evening dress, a", "", ""]
    ideas.nth(0).focus()
    page.keyboard.press("u")
    expect(ideas.nth(0)).to_have_attribute("data-state", "pending")
    expect(page.locator("#far")).to_have_text("2 of 5 decided")
    assert catalogue.product(skus[0]).category == ""
    page.keyboard.press("ArrowDown")
    expect(ideas.nth(1)).to_be_focused()


def test_all_that_are_sure_are_accepted_and_taken_back(opened: Page, address: str, waiting: Stall) -> None:  # noqa: F811
    page, catalogue, skus = opened, waiting.shop.catalogue, waiting.skus
    page.goto(f"{address}/console/suggestions")
    page.locator("#sure-least").fill("70")
    expect(page.locator("#sure [data-many]")).to_have_text("3")
    page.locator("#sure button").click()
    expect(page.locator("#batch")).to_contain_text("3 accepted")
    expect(page.locator("#far")).to_have_text("3 of 5 decided")
    assert [catalogue.product(sku).category for sku in skus[:5]] == ["Gown", "Gown", "Gown", "", ""]
    page.locator("[data-undo-batch]").click()
    expect(page.locator("#far")).to_have_text("0 of 5 decided")
    assert {catalogue.product(sku).category for sku in skus[:5]} == {""}
    page.get_by_role("button", name="Recognise the whole catalogue").click()
    expect(page.locator(".job .badge").first).to_have_text("Done")


# --- training -------------------------------------------------------------------------------------------------------


@pytest.fixture
def sorted_shop(stall: Stall) -> Iterator[Stall]:
    catalogue = stall.shop.catalogue
    before = [catalogue.product(sku) for sku in stall.skus]
    catalogue.save([replace(p, category="Odd" if n % 2 else "Even") for n, p in enumerate(before)])
    yield stall
    catalogue.save(before)


def test_a_classifier_is_trained_and_its_report_opens(opened: Page, address: str, sorted_shop: Stall) -> None:  # noqa: F811
    page = opened
    page.goto(f"{address}/console/train")
    page.get_by_label("Name (empty").fill("odd-or-even")
    page.get_by_role("button", name="Train").click()
    expect(page.locator(".job .badge").first).to_have_text("Done")
    report = page.locator("#engine-odd-or-even")
    expect(report.locator("tbody th")).to_have_text(["Even", "Odd"])
    expect(report.locator("code")).to_contain_text("--labels odd-or-even")
    page.get_by_label("Name (empty").fill("fashion-mnist")
    page.get_by_role("button", name="Train").click()
    expect(page.locator("#learn [data-trouble]")).to_contain_text("Choose another")
    page.set_viewport_size({"width": 360, "height": 780})
    usable(page, 360)
