"""The documents point at things that are there, and their tables say what the code says."""

import re
from pathlib import Path

import pytest

from shopsight import errors
from shopsight.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`((?:src|tests|training|docs|examples|benchmarks)/[\w./-]+)`")


def anchors(page: Path) -> set[str]:
    """The names that a page's headings can be linked by."""
    heads = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    for target in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        found = (page.parent / place) if place else page
        assert found.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(found), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_path_that_is_named_exists(page):
    for named in PATH.findall(page.read_text("utf-8")):
        assert (ROOT / named).exists() or "NAME" in named, f"{page.name} names {named}"


def test_the_settings_table_is_the_settings():
    rows = re.findall(
        r"^\| `(\w+)` \| `SHOPSIGHT_(\w+)` \| (?:`([^`]*)`|empty) \|", page_text("install.md"), re.MULTILINE
    )
    assert {name for name, _, _ in rows} == set(Settings.model_fields)
    for name, environment, default in rows:
        assert environment == name.upper()
        real = Settings.model_fields[name].get_default(call_default_factory=True)
        shown = real.get_secret_value() if name == "api_key" else str(real)
        assert default.lower() == shown.lower(), name


def test_the_table_of_exit_codes_names_each_of_them():
    listed = {
        int(code)
        for row in re.findall(r"^\| \d .*$", page_text("install.md"), re.MULTILINE)
        for code in re.findall(r"\| (\d) \|", row)
    }
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ShopsightError)
    ]
    assert listed == {kind.exit_code for kind in kinds} - {errors.ShopsightError.exit_code}


def test_every_page_is_on_the_list_of_pages():
    listed = set(LINK.findall(page_text("README.md")))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"} <= listed


def page_text(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")
