"""The console's Lab in a real browser: a picture in, knobs turned, the seam moved by keys, small screens, axe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from test_pages_browser import RULES, address, browser, context, picture  # noqa: F401 (fixtures)

from shopsight.images.decode import decode

pytestmark = pytest.mark.browser


@pytest.fixture
def lab(context: BrowserContext, address: str) -> Iterator[Page]:  # noqa: F811
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "Failed to load" not in m.text else None)
    page.goto(f"{address}/console/lab?operation=blur")
    yield page
    assert not wrong


def altered(page: Page) -> str:
    """The picture after, once it is there."""
    expect(page.locator("#bench")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#after")).to_be_visible()
    return page.locator("#after").get_attribute("src")


def test_a_picture_is_altered_by_knobs_and_keys_and_comes_home(lab: Page, picture: Path) -> None:  # noqa: F811
    lab.set_input_files("#file", picture)
    expect(lab.locator("#compare")).to_be_visible()
    first = altered(lab)
    lab.locator("#blur-sigma_px").focus()
    for _ in range(6):
        lab.keyboard.press("ArrowRight")
    expect(lab.locator("#blur-sigma_px-exact")).to_have_value("5")
    expect(lab.locator("#command")).to_contain_text("--sigma-px 5")
    lab.wait_for_function("src => document.querySelector('#after').src !== src", arg=first)
    lab.locator("#seam").focus()
    lab.keyboard.press("End")
    assert lab.locator("#compare").evaluate("it => it.style.getPropertyValue('--cut')") == "100%"
    with lab.expect_download() as got:
        lab.locator("#download").click()
    assert got.value.suggested_filename == "blur.png"
    assert decode(Path(got.value.path()).read_bytes()).ndim == 3
    lab.get_by_role("button", name="Reset").click()
    expect(lab.locator("#blur-sigma_px-exact")).to_have_value("2")


def test_a_photo_of_the_shop_another_operation_and_another_size(lab: Page) -> None:
    lab.locator("[data-photo-id]").nth(1).click()
    expect(lab.locator("#compare")).to_have_attribute("data-same", "yes")
    lab.get_by_role("radio", name="Gaussian pyramid").check()
    expect(lab.locator("#compare")).to_have_attribute("data-same", "no")
    expect(lab.locator("#numbers h2")).to_be_visible()
    lab.reload()
    expect(lab.get_by_role("radio", name="Gaussian pyramid")).to_be_checked()
    expect(lab.locator("#compare")).to_be_visible()


def test_what_is_no_picture_gets_a_reason_and_a_cure(lab: Page, tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_text("<html>no picture</html>")
    lab.set_input_files("#file", tmp_path / "page.jpg")
    expect(lab.get_by_role("alert")).to_contain_text("That did not work")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_and_everybody_can_use_it(lab: Page, width: int, scheme: str) -> None:
    lab.set_viewport_size({"width": width, "height": 780})
    lab.emulate_media(color_scheme=scheme)
    lab.locator("[data-photo-id]").first.click()
    expect(lab.locator("#numbers h2")).to_be_visible()
    assert lab.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(lab, options=RULES)
    assert not found.response["violations"], found.generate_report()
