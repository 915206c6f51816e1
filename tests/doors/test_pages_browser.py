"""The pages in a real browser: a shopper's way, the console, keyboard, small screens, axe."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from web_shop import Stall, serving

from shopsight.images.decode import encode

pytestmark = pytest.mark.browser
START_MS = 180_000  # A browser read from a cold disk takes its time.
PATIENCE_MS = 20_000
ANSWERED = '.verdict[data-verdict]:not([data-verdict=""])'
"""The headline of an answer to a picture."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


def chromium() -> str:
    named = os.environ.get("SHOPSIGHT_CHROMIUM", "")
    found = named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium on this machine")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS, timeout=START_MS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(stall: Stall) -> Iterator[str]:
    with serving(stall.shop) as address:
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 860}, permissions=["camera", "clipboard-read"])
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    """The shopper's page; any error or refused script on the way fails the test."""
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "Failed to load" not in m.text else None)
    page.goto(address)
    yield page
    assert not wrong


@pytest.fixture
def picture(stall: Stall, tmp_path: Path) -> Path:
    path = tmp_path / "seen.jpg"
    path.write_bytes(encode(stall.drawn[stall.skus[4]][0]))
    return path


def test_a_picture_finds_its_product_and_the_box_can_be_moved_by_keys(page: Page, stall: Stall, picture: Path) -> None:
    page.set_input_files("#file", picture)
    expect(page.locator(ANSWERED)).to_be_visible()
    expect(page.locator(".card").first).to_have_attribute("data-sku", stall.skus[4])
    expect(page.locator("#status")).to_contain_text("products")
    expect(page.locator("#results [data-box]")).to_have_count(0)
    page.locator(".crop").focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("#results [data-box]")).to_be_visible()
    page.locator("#away").click()
    expect(page.locator("#invite")).to_be_visible()


def test_the_box_can_be_dragged(page: Page, picture: Path) -> None:
    page.set_input_files("#file", picture)
    expect(page.locator(ANSWERED)).to_be_visible()
    knob = page.locator(".crop .se").bounding_box()
    page.mouse.move(knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2)
    page.mouse.down()
    page.mouse.move(knob["x"] - 60, knob["y"] - 60, steps=4)
    page.mouse.up()
    expect(page.locator("#results [data-box]")).to_be_visible()


def test_the_camera_takes_a_photo(page: Page) -> None:
    page.get_by_role("button", name="Take a photo").click()
    expect(page.locator("#camera")).to_be_visible()
    page.wait_for_function("document.querySelector('#camera video').videoWidth > 0")
    page.get_by_role("button", name="Take the photo").click()
    expect(page.locator("#camera")).to_be_hidden()
    expect(page.locator("#verdict")).not_to_have_text("From the shop")
    expect(page.locator(ANSWERED)).to_be_visible()


PASTE = """async ([bytes, kind]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "seen.jpg", { type: "image/jpeg" }));
  const event = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true })
    : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
}"""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_is_pasted_or_dropped(page: Page, stall: Stall, picture: Path, kind: str) -> None:
    page.evaluate(PASTE, [list(picture.read_bytes()), kind])
    expect(page.locator(ANSWERED)).to_be_visible()
    expect(page.locator(".card").first).to_have_attribute("data-sku", stall.skus[4])


def test_a_file_that_is_no_picture_gets_a_reason_and_a_cure(page: Page, tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_text("<html>no picture</html>")
    page.set_input_files("#file", tmp_path / "page.jpg")
    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    assert page.locator("[data-cure]").inner_text()


def test_words_and_filters_answer_while_one_types_and_survive_a_reload(page: Page, stall: Stall) -> None:
    product = stall.shop.product(stall.skus[2])
    page.locator("#q").press_sequentially(product.category.lower()[:6], delay=10)
    expect(page.locator("#verdict")).to_contain_text("“")
    expect(page.locator(f'[data-sku="{product.sku}"]')).to_be_visible()
    page.locator(f'#filters input[value="{product.category}"]').check()
    expect(page.locator(".chosen a")).to_have_count(1)
    page.reload()
    expect(page.locator(f'[data-sku="{product.sku}"]')).to_be_visible()
    expect(page.locator(f'#filters input[value="{product.category}"]')).to_be_checked()
    page.locator(".chosen a").click()
    expect(page.locator(".chosen a")).to_have_count(0)


def test_colours_follow_the_system_until_somebody_chooses(browser: Browser, address: str) -> None:
    context = browser.new_context(color_scheme="dark")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.locator("[data-theme-toggle]").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    context.close()


def test_the_worker_keeps_the_shell_and_no_photo_and_no_answer(page: Page, picture: Path) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.set_input_files("#file", picture)
    expect(page.locator(ANSWERED)).to_be_visible()
    kept = page.evaluate(
        """async () => { const all = [];
        for (const name of await caches.keys())
          for (const r of await (await caches.open(name)).keys()) all.push(new URL(r.url).pathname);
        return all; }"""
    )
    assert any(path.endswith("/style.css") for path in kept)
    assert all(path == "/offline" or path.startswith("/static/") for path in kept)
    page.context.set_offline(True)
    page.goto(page.url)
    expect(page.get_by_role("heading", name="No connection to the shop")).to_be_visible()
    page.context.set_offline(False)


def test_the_console_follows_an_import_and_a_reload_loses_nothing(page: Page, address: str, tmp_path: Path) -> None:
    feed = tmp_path / "new.csv"
    feed.write_text("sku,title,price\nN-1,Paper hat,3.50\n,Nameless,1\n")
    page.goto(f"{address}/console")
    page.set_input_files('[name="file"]', feed)
    page.get_by_role("button", name="Bring in").click()
    job = page.locator(".job").first
    expect(job.locator(".badge")).to_have_text("Done")
    expect(job).to_contain_text("1 not taken")
    page.reload()
    expect(page.locator(".job").first).to_contain_text("new.csv")
    expect(page.locator('tr[data-sku="N-1"]')).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove Paper hat").click()
    expect(page.locator('tr[data-sku="N-1"]')).to_have_count(0)


def paths(stall: Stall) -> dict[str, str]:
    photo = stall.shop.product(stall.skus[0]).photos[0]
    found = {"shop": "/", "words": "/?words=shirt", "nothing": "/?brand=none", "product": f"/p/{stall.skus[0]}"}
    return {**found, "console": "/console", "photo": f"/console/photo/{photo}", "api": "/api", "error": "/p/none"}


@pytest.mark.parametrize("name", ["shop", "words", "nothing", "product", "console", "photo", "api", "error"])
@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_every_page_is_usable_by_everybody(
    browser: Browser, address: str, stall: Stall, name: str, width: int, theme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 780}, color_scheme=theme)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(address + paths(stall)[name])
    found = Axe().run(page, options=RULES).response["violations"]
    told = [f"{v['id']}: {n['html'][:150]} {n.get('failureSummary', '')[:200]}" for v in found for n in v["nodes"]]
    assert not told
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_every_room_of_the_console_is_usable_by_everybody(page: Page, address: str, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 780})
    page.emulate_media(color_scheme=theme)
    page.goto(f"{address}/console")
    rooms = page.locator(".rooms a").evaluate_all("links => links.map(link => link.pathname)")
    assert len(rooms) >= 9
    for room in rooms[1:]:
        page.goto(address + room)
        expect(page.locator('.rooms [aria-current="page"]')).to_have_count(1)
        found = Axe().run(page, options=RULES).response["violations"]
        assert [f"{room} {v['id']}: {n['html'][:150]}" for v in found for n in v["nodes"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, room


def test_the_page_with_a_picture_is_usable_by_everybody(page: Page, picture: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    page.set_input_files("#file", picture)
    expect(page.locator(ANSWERED)).to_be_visible()
    found = Axe().run(page, options=RULES).response["violations"]
    assert [f"{v['id']}: {n['html'][:150]}" for v in found for n in v["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
