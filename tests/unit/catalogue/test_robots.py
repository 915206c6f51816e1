"""robots.txt as RFC 9309 writes it; the examples are the RFC's own and Google's published ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsight.catalogue.robots import read_robots


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/fish", "/fish.html", True), ("/fish", "/Fish.asp", False), ("/fish*", "/fishheads/yummy.html", True),
        ("/fish/", "/fish", False), ("/*.php", "/folder/any.php.file.html", True), ("/*.php", "/windows.PHP", False),
        ("/*.php$", "/filename.php", True), ("/*.php$", "/filename.php?parameters", False),
        ("/*.php$", "/filename.php5", False),
        ("/fish*.php", "/fishheads/catfish.php?parameters", True), ("/fish*.php", "/Fish.PHP", False),
        ("/*?sort=", "/bags?sort=1", True),
        ("/caf%C3%A9", "/café", True), ("/$", "/", True), ("/$", "/a", False), ("/a*a$", "/a", False),
    ],
)  # fmt: skip
def test_patterns_fit_as_published(pattern: str, path: str, fits: bool) -> None:
    robots = read_robots(f"User-agent: *\nDisallow: {pattern}", "shopsight")
    assert robots.allows(f"https://shop.example{path}") is not fits


def test_the_longest_rule_counts_and_allow_wins_a_tie() -> None:
    robots = read_robots("User-agent: *\nDisallow: /p\nAllow: /page\nDisallow: /page/x\nAllow: /page/x", "shopsight")
    assert robots.allows("https://a.example/page")
    assert robots.allows("https://a.example/page/x")
    assert not robots.allows("https://a.example/photos")


def test_our_own_group_counts_instead_of_everybodys() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-agent: Shopsight/2\nDisallow: /admin\nCrawl-delay: 90"
    robots = read_robots(text, "shopsight")
    assert robots.allows("https://a.example/bags")
    assert not robots.allows("https://a.example/admin")
    assert robots.delay_s == 30.0
    assert not read_robots(text, "stranger").allows("https://a.example/bags")


def test_an_empty_disallow_allows_all() -> None:
    assert read_robots("User-agent: *\nDisallow:", "shopsight").allows("https://a.example/")


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    read_robots(text, "shopsight").allows("https://a.example/x")
