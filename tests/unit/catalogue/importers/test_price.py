"""Prices as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsight.catalogue.importers.price import read_price
from shopsight.errors import BadInput


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1.299,00 EUR", "1299.00", "EUR"), ("$1,299.00", "1299.00", "USD"), ("1299", "1299", ""),
        ("USD 12", "12", "USD"), ("1\u202f299,00 €", "1299.00", "EUR"), ("1'299.00 CHF", "1299.00", "CHF"),
        ("€ 12,-", "12", "EUR"), ("12.-", "12", ""), ("12.99 - 15.99", "12.99", ""),
        ("EUR 7,00–5,00", "5.00", "EUR"), ("1.299", "1299", ""), ("KWD 1.299", "1.299", "KWD"),
        ("0.500", "0.500", ""), ("12,5", "12.5", ""), ("£5", "5", "GBP"),
        ("A$5", "5", "AUD"), ("R$ 10,90", "10.90", "BRL"), ("1,299,000", "1299000", ""),
        ("1.299.000,50", "1299000.50", ""), ("١٢٫٥".replace("٫", "."), "12.5", ""), ("gratis", "0", ""),
        ("ab 19,99 €", "19.99", "EUR"), ("99 zł", "99", "PLN"), ("1 299 Kč", "1299", "CZK"),
        ("€1.234", "1234", "EUR"),
    ],
)  # fmt: skip
def test_prices_of_many_countries(text: str, amount: str, currency: str) -> None:
    assert read_price(text) == (Decimal(amount), currency)


@pytest.mark.parametrize("text", ["", "  ", "-", "n/a", "On request", "NaN"])
def test_no_price_is_no_price(text: str) -> None:
    assert read_price(text, "eur") == (None, "EUR")


@pytest.mark.parametrize("text", ["-5", "EUR -5.00", "cheap", "€", "1" * 30, "1.2.3,4,5", "12:30 noon 99999999999999"])
def test_what_is_no_price_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_price(text)
    assert "1299.00 EUR" in refused.value.cure


def test_the_currency_in_the_text_beats_the_one_beside_it() -> None:
    assert read_price("12 USD", "EUR") == (Decimal(12), "USD")
    assert read_price("12", "€") == (Decimal(12), "EUR")


AMOUNTS = st.decimals(min_value=0, max_value=9_999_999, places=2)
STYLES = [(",", "."), (".", ","), (" ", ","), ("'", "."), ("", "."), ("\u00a0", ",")]


@given(AMOUNTS, st.sampled_from(STYLES), st.sampled_from(["EUR", "USD", "GBP"]), st.booleans())
def test_every_amount_survives_every_style(
    amount: Decimal, style: tuple[str, str], currency: str, before: bool
) -> None:
    grouped = f"{amount:,.2f}".replace(",", "#").replace(".", style[1]).replace("#", style[0])
    text = f"{currency} {grouped}" if before else f"{grouped} {currency}"
    assert read_price(text) == (amount, currency)


@given(st.text(max_size=40))
def test_any_text_is_a_price_or_refused(text: str) -> None:
    try:
        amount, _ = read_price(text)
    except BadInput:
        return
    assert amount is None or amount >= 0
