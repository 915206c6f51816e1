"""How words are compared: folded, in the singular, with the other words that shoppers use for the same thing.

The shop's texts and the shopper's query pass through the same `words_of`, so both databases index plain tokens.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Two or more words that name one thing; they become one token in texts and queries alike.
JOINED = [
    (re.compile(pattern), word)
    for pattern, word in (
        (r"\bt[\s-]*shirt|\btee[\s-]*shirt", "tshirt"),
        (r"\bt[\s-]+(?=s(?:h(?:ir?)?)?$)", "t"),  # a T-shirt that is still being typed
        (r"\blong[\s-]*sleeved?\b", "longsleeve"),
        (r"\bshort[\s-]*sleeved?\b", "shortsleeve"),
        (r"\bv[\s-]+neck", "vneck"),
        (r"\bflip[\s-]+flop", "flipflop"),
        (r"\bhand[\s-]+bag", "handbag"),
        (r"\bback[\s-]+pack", "backpack"),
        (r"\bsun[\s-]+glass", "sunglass"),
        (r"\bgrayscale\b|\bgray\b", "grey"),
    )
]
ANY_JOINED = re.compile("|".join(pattern.pattern for pattern, _ in JOINED))
SAME = (
    "tshirt tee",
    "trouser pant slack",
    "sneaker trainer",
    "jumper sweater pullover",
    "hoodie hoody",
    "handbag purse",
    "backpack rucksack",
    "coat overcoat",
    "outwear outerwear",
    "woman lady female",
    "man gentleman male",
    "kid child",
    "swimsuit swimwear",
    "polka dotted dot",
    "striped stripe stripy",
    "checked check checkered plaid tartan",
    "printed print graphic",
    "earring earing",
    "bike bicycle cycling",
)
NARROWER = {
    "shoe": "sneaker trainer boot sandal heel loafer flat moccasin espadrille footwear slipper flipflop",
    "footwear": "shoe sneaker trainer boot sandal",
    "bag": "handbag backpack tote clutch purse rucksack satchel",
    "jacket": "blazer parka anorak bomber outwear",
    "coat": "parka trench outwear",
    "outwear": "coat jacket parka blazer",
    "hat": "cap beanie fedora",
    "trouser": "jean chino legging jogger",
    "pant": "jean chino legging jogger",
    "top": "tshirt shirt blouse tunic tank camisole longsleeve undershirt",
    "sweatshirt": "hoodie",
    "longsleeve": "sweatshirt jumper sweater",
    "jewellery": "earring necklace bracelet ring",
    "kid": "girl boy",
    "blue": "navy",
    "red": "burgundy maroon",
    "burgundy": "maroon",
    "purple": "lavender violet",
    "white": "cream",
    "green": "olive",
    "grey": "charcoal",
    "beige": "tan khaki",
}
IRREGULAR = {
    "women": "woman",
    "womens": "woman",
    "men": "man",
    "mens": "man",
    "children": "child",
    "scarves": "scarf",
    "knives": "knife",
    "jewelry": "jewellery",
    "color": "colour",
    "plus": "plus",
    "canvas": "canvas",
    "adidas": "adidas",
    "dress": "dress",
}
STOP = frozenset(["a", "an", "and", "the", "for", "with", "of", "in", "to", "on", "or", "by"])
# Scripts without blanks between words: every character is a token, so that a part of a name is found.
TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
OWNER = re.compile(r"['’`´]s?\b")
LONGEST = 40
"""Letters of a word that count."""


def fold(text: str) -> str:
    """Lower case without accents, names of several words joined: "Tee-Shirt Été" is "tshirt ete"."""
    plain = OWNER.sub("", text).lower() if text.isascii() else _without_accents(OWNER.sub("", text))
    if ANY_JOINED.search(plain):
        for pattern, word in JOINED:
            plain = pattern.sub(word, plain)
    return plain


def _without_accents(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", plain).casefold()  # letters may come apart into others with a case
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", plain)


@lru_cache(8192)  # brands, categories and colours come again and again
def words_of(text: str) -> tuple[str, ...]:
    """The words that count, in order and in the singular."""
    return tuple(singular(word[:LONGEST]) for word in TOKEN.findall(fold(text)))


@lru_cache(65_536)
def singular(word: str) -> str:
    """The singular of an English word, near enough: the same for both forms is what matters."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(4096)
def others(word: str) -> dict[str, float]:
    """Other words that may stand for it, each with how well it does: 0.9 the same thing, 0.6 a kind of it."""
    found = dict.fromkeys(NARROWER.get(word, "").split(), 0.6)
    found |= {same: 0.9 for group in SAME if word in group.split() for same in group.split()}
    found.pop(word, None)
    return found


def pieces(word: str) -> set[str]:
    """The pairs of letters in a word and at its ends: mistyped words share most of them."""
    marked = f"^{word}$"
    return {marked[place : place + 2] for place in range(len(marked) - 1)}


def distance(one: str, two: str, most: int) -> int:
    """Mistypings between two words: letters left out, added, changed, or swapped with the next (optimal string
    alignment). More than `most` is told as `most + 1`."""
    if abs(len(one) - len(two)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(two, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
