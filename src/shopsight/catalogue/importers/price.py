"""Reads prices as people write them: "1.299,00 EUR", "$1,299.00", "1 299,- Kč", "USD 12"."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from shopsight.errors import BadInput

# Longer signs first, so that "US$" is not read as "$".
_SIGNS = (
    "US$ USD CA$ CAD AU$ AUD NZ$ NZD HK$ HKD R$ BRL C$ CAD A$ AUD € EUR $ USD £ GBP ¥ JPY ₹ INR ₽ RUB ₺ TRY ₩ KRW "
    "₪ ILS ₫ VND ₴ UAH ฿ THB ZŁ PLN KČ CZK FT HUF LEI RON FR. CHF SFR CHF"
)
SIGNS = tuple(zip(_SIGNS.split()[::2], _SIGNS.split()[1::2], strict=True))
_CODES = (
    "AED ARS AUD BDT BGN BHD BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR IQD ISK JOD "
    "JPY KES KRW KWD KZT LKR LYD MAD MXN MYR NGN NOK NZD OMR PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD "
    "THB TND TRY TWD UAH USD UYU VND ZAR "
)
CODES = frozenset(_CODES.split())
THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
NO_PRICE = frozenset(
    ("", "-", "--", "—", "n/a", "na", "none", "null", "nan", "tba", "on request", "price on request", "auf anfrage")
)
NUMBER = re.compile(r"\d(?:[\d.,'’\s]*\d)?")
# Groups of three, or of two and a last three as in India: "1,00,000".
GROUPED = re.compile(r"\d*|\d{1,3}(?:([.,])\d{2,3})*[.,]\d{3}")
MOST = Decimal(10) ** 10


def read_price(text: str, currency: str = "") -> tuple[Decimal | None, str]:
    """The amount and the currency's three letters. Nothing written gives `(None, currency)`.

    A currency in the text beats the one given beside it. Of a range ("12.99 - 15.99") the lower end is taken. A lone
    separator before exactly three digits groups thousands ("1.299" is 1299), as money hardly ever has three decimals.

    >>> read_price("1.299,00 EUR")
    (Decimal('1299.00'), 'EUR')
    >>> read_price("$1,299.00")
    (Decimal('1299.00'), 'USD')

    Raises BadInput when something is written that is no price.
    """
    said = _plain(text)
    unit = _currency_in(said) or _named(currency)
    if said.casefold() in NO_PRICE:
        return None, unit
    if said.casefold() in ("free", "gratis", "kostenlos"):
        return Decimal(0), unit
    numbers = NUMBER.findall(said)
    if not numbers:
        raise _unreadable(text)
    if re.match(r"^\D*[-−]\s*\D{0,4}\d", said):
        raise BadInput(text.strip()[:60], "a price cannot be negative", "write it as 1299.00 EUR, or leave it empty")
    amount = min(_amount(number, unit, text) for number in numbers)
    return amount, unit


def _plain(text: str) -> str:
    """One kind of space, Western digits, and none of the ornament such as "12,-"."""
    digits = text if text.isascii() else "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return re.sub(r"[.,]\s*[-–—]+(?=\D*$)", "", re.sub(r"\s+", " ", digits)).strip()


def _named(currency: str) -> str:
    """The three letters of a currency named in its own column, as letters or as a sign."""
    said = currency.strip()
    return said.upper() if re.fullmatch(r"[A-Za-z]{3}", said) else _currency_in(said)


def _currency_in(text: str) -> str:
    loud = text.upper()
    for word in re.findall(r"[A-Z]{3}", loud):
        if word in CODES:
            return str(word)
    return next((code for sign, code in SIGNS if sign in loud), "")


def _amount(number: str, currency: str, text: str) -> Decimal:
    bare = re.sub(r"['’\s]", "", number)
    mark = _decimal_mark(bare, currency)
    whole, _, rest = bare.rpartition(mark) if mark else (bare, "", "")
    if not GROUPED.fullmatch(whole):
        raise _unreadable(text)
    whole = re.sub(r"[.,]", "", whole)
    if not (whole + rest).isascii() or not (whole + rest).isdigit():
        raise _unreadable(text)
    amount = Decimal(f"{whole or 0}.{rest}" if rest else whole)
    if amount >= MOST or len(rest) > 6:
        raise _unreadable(text)
    return amount


def _decimal_mark(bare: str, currency: str) -> str:
    """Which of "." and "," parts the decimals in this number: the last one, unless it groups thousands."""
    marks = [c for c in bare if c in ".,"]
    if not marks:
        return ""
    last = marks[-1]
    if len(set(marks)) == 2:
        return last if marks.count(last) == 1 else ""
    if len(marks) > 1:
        return ""
    before, after = bare.split(last)
    groups_thousands = (
        len(after) == 3 and 1 <= len(before) <= 3 and before.lstrip("0") and currency not in THREE_DECIMALS
    )
    return "" if groups_thousands else last


def _unreadable(text: str) -> BadInput:
    return BadInput(text.strip()[:60], "not a price", "write it as 1299.00 EUR, or leave it empty")
