"""What the words beside a photo ask for: "like this but red" wants this shape in red, not the word "like".

Colours, categories and patterns among the words become soft filters: they lift what has them and hide nothing. What
stays is searched as text. "not", "no" and "without" turn a colour, category or pattern around.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shopsight.catalogue.describe import main_colours
from shopsight.types import Product, Sight

COLOURS = {
    "black": "black",
    "charcoal": "charcoal anthracite dark-grey",
    "grey": "grey gray light-grey",
    "white": "white ivory off-white snow",
    "cream": "cream ecru",
    "beige": "beige sand nude taupe",
    "tan": "tan camel",
    "brown": "brown chocolate coffee",
    "navy": "navy navy-blue dark-blue midnight",
    "blue": "blue cobalt royal-blue",
    "light blue": "light-blue sky-blue pale-blue baby-blue",
    "turquoise": "turquoise aqua",
    "teal": "teal petrol",
    "green": "green emerald lime mint dark-green light-green",
    "olive": "olive",
    "khaki": "khaki",
    "yellow": "yellow mustard lemon",
    "gold": "gold golden",
    "orange": "orange coral rust",
    "red": "red scarlet crimson dark-red",
    "maroon": "maroon",
    "burgundy": "burgundy bordeaux wine",
    "pink": "pink rose fuchsia magenta hot-pink",
    "purple": "purple violet",
    "lavender": "lavender lilac",
    "silver": "silver",
}
"""The colours that photos are named by (`images.colour`) and that shops state, and the words shoppers use for them."""
KIN: tuple[tuple[str, ...], ...] = (
    ("black", "charcoal"),
    ("charcoal", "grey"),
    ("grey", "silver"),
    ("white", "cream"),
    ("cream", "beige"),
    ("beige", "tan", "khaki"),
    ("tan", "brown"),
    ("navy", "blue"),
    ("blue", "light blue"),
    ("turquoise", "teal"),
    ("green", "olive"),
    ("olive", "khaki"),
    ("yellow", "gold"),
    ("red", "maroon", "burgundy"),
    ("purple", "lavender"),
)
"""Colours that a shopper may mean by each other; kin counts for less than the colour itself."""
PATTERNS = {
    "plain": "plain solid unicolour unpatterned",
    "striped": "striped stripes stripe stripy",
    "checked": "checked check checks chequered checkered plaid tartan gingham",
    "dotted": "dotted dots dot polka",
    "printed": "printed print floral flowery graphic patterned",
}
CATEGORIES = {
    "tshirt": "tshirt tshirts tee tees t-shirt t-shirts",
    "shirt": "shirt shirts buttondown",
    "longsleeve": "longsleeve longsleeves sweater sweaters jumper jumpers pullover pullovers",
    "pants": "pants pant trousers trouser jeans jean leggings",
    "shorts": "shorts",
    "shoes": "shoes shoe sneakers sneaker trainers trainer boots boot sandals sandal heels footwear",
    "dress": "dress dresses gown gowns frock",
    "skirt": "skirt skirts",
    "hat": "hat hats cap caps beanie beanies",
    "outwear": "outwear outerwear jacket jackets coat coats parka parkas",
    "blazer": "blazer blazers",
    "hoodie": "hoodie hoodies hoody",
    "polo": "polo polos",
    "undershirt": "undershirt undershirts vest vests singlet",
    "top": "top tops",
    "blouse": "blouse blouses",
    "bag": "bag bags handbag handbags purse backpack backpacks",
    "scarf": "scarf scarves scarfs shawl",
    "body": "body bodysuit bodysuits romper",
}
"""Kinds of garments, under the recogniser's own words in small letters, and the words that shoppers use for them."""
_FILLING = """
a an and any as but by can could do does for from give have i in instead is it just kind like looking looks made make me
more of on one ones only or please same search show similar some something that the them these thing this to want wants
what which with would you colour color coloured colored version style type find get need
"""
FILLERS = frozenset(_FILLING.split())
TURNING = frozenset(("not", "no", "without", "never", "except"))

TURNED_BACK = frozenset(("but", "in", "with", "only", ",", ";", "."))

WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
WORD_OR_STOP = re.compile(rf"{WORD.pattern}|[,;.]")


def _by_word(table: dict[str, str]) -> dict[str, str]:
    return {word: name for name, words in table.items() for word in words.split()}


_PAIRS = [word for words in COLOURS.values() for word in words.split() if "-" in word]
TWO_WORDS = re.compile(rf"\b(?:{'|'.join(pair.replace('-', '[ -]+') for pair in _PAIRS)})\b")
COLOUR_OF, PATTERN_OF, CATEGORY_OF = _by_word(COLOURS), _by_word(PATTERNS), _by_word(CATEGORIES)


@dataclass(frozen=True, slots=True)
class Intent:
    """What was asked for: colours, categories and patterns by name, what is not wanted, and the remaining words."""

    colours: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    rest: str = ""

    @property
    def empty(self) -> bool:
        return not (self.colours or self.categories or self.patterns or self.unwanted or self.rest)

    @property
    def asks_colour(self) -> bool:
        """Whether the photo's own colour is not what is wanted."""
        return bool(self.colours) or any(name in COLOURS for name in self.unwanted)

    @property
    def text(self) -> str:
        """The words to look for in texts: all that is wanted but colours, which are filtered by exactly."""
        return " ".join((*self.categories, *self.patterns, *self.rest.split()))

    @property
    def spoken(self) -> str:
        """The intent in words, for the shopper to see what was understood."""
        parts = [*self.colours, *self.patterns, *self.categories, *(f"not {name}" for name in self.unwanted)]
        return ", ".join([*parts, self.rest] if self.rest else parts)


def understand(words: str) -> Intent:
    """Sort words into colours, categories, patterns, what is unwanted, and the rest.

    >>> understand("like this but red, without stripes, in linen")
    Intent(colours=('red',), categories=(), patterns=(), unwanted=('striped',), rest='linen')
    """
    wanted: dict[str, list[str]] = {"colour": [], "category": [], "pattern": []}
    unwanted: list[str] = []
    rest: list[str] = []
    turned = False
    for word in WORD_OR_STOP.findall(_joined(words)):
        kind, name = meaning(word)
        if word in TURNING:
            turned = True
        elif word in TURNED_BACK:
            turned = False
        elif kind:
            (unwanted if turned else wanted[kind]).append(name)
        elif word not in FILLERS:
            rest.append(word)
    colours, categories, patterns, others = (tuple(dict.fromkeys(names)) for names in (*wanted.values(), unwanted))
    return Intent(colours, categories, patterns, others, " ".join(rest))


def _joined(words: str) -> str:
    """Small letters, with colours of two words made one: "Navy blue" is "navy-blue"."""
    return TWO_WORDS.sub(lambda found: "-".join(re.split("[ -]+", found[0])), words.casefold())


def meaning(word: str) -> tuple[str, str]:
    """The kind (colour, category, pattern, or empty) and the name that a word stands for."""
    for kind, table in (("colour", COLOUR_OF), ("pattern", PATTERN_OF), ("category", CATEGORY_OF)):
        if word in table:
            return kind, table[word]
    return "", word


def understand_with(words: str, correct: Callable[[str], str]) -> Intent:
    """As `understand`, but words that mean nothing yet are first mended by `correct` ("strpied" is striped)."""
    intent = understand(words)
    mended = {word: correct(word) for word in intent.rest.split()[:8]}
    return understand(WORD.sub(lambda found: mended.get(found[0].casefold(), found[0]), words)) if mended else intent


def wishes_met(intent: Intent, product: Product, look: Sight, text: float) -> dict[str, float]:
    """How well a product meets each wish, 0-1, by the wish's name. `text` is the word search's score for the rest."""
    colours = [*stated_colours(product), *(f.label for f in main_colours(look))]
    met = {name: colour_match([name], colours) for name in intent.colours}
    met |= {name: category_match([name], product.category, look) for name in intent.categories}
    met |= {name: pattern_match(name, product, look) for name in intent.patterns}
    for name in intent.unwanted:
        has = colour_match([name], colours) if name in COLOURS else pattern_match(name, product, look)
        has = category_match([name], product.category, look) if name in CATEGORIES else has
        met[f"not {name}"] = 1 - has
    if intent.rest:
        met[intent.rest] = text
    return _any_colour(met, intent.colours) if len(intent.colours) > 1 else met


def colour_match(wanted: Iterable[str], has: Iterable[str]) -> float:
    """1 when one of the wanted colours is there, 0.6 when a kin of it is, else 0.

    >>> colour_match(["blue"], ["navy"]), colour_match(["red"], ["red"]), colour_match(["red"], ["green"])
    (0.6, 1.0, 0.0)
    """
    there = {name_colour(colour) for colour in has}
    wishes = {name_colour(colour) for colour in wanted}
    if wishes & there:
        return 1.0
    return 0.6 if any(wishes & set(kin) and there & set(kin) for kin in KIN) else 0.0


def name_colour(text: str) -> str:
    """The plain name of a stated colour: "Navy Blue" is navy, "Off White" is white.

    >>> name_colour("Navy Blue"), name_colour("Off White"), name_colour("Charcoal")
    ('navy', 'white', 'charcoal')
    """
    known = [COLOUR_OF[word] for word in WORD.findall(_joined(text)) if word in COLOUR_OF]
    return known[0] if known else text.casefold().strip()


def category_match(wanted: Iterable[str], stated: str, look: Sight) -> float:
    """1 when a wanted category is stated, else the chance with which it was recognised.

    >>> import numpy as np
    >>> from shopsight.types import Finding
    >>> hat = Sight(np.ones(1, np.float32), (Finding("Hat", 0.7),))
    >>> category_match(["dress"], "Women > Summer dresses", hat), category_match(["hat"], "", hat)
    (1.0, 0.7)
    """
    wishes = {meaning(name)[1] for name in wanted}
    if wishes & {meaning(word)[1] for word in WORD.findall(stated.casefold())}:
        return 1.0
    return max((f.score for f in look.categories if meaning(f.label.casefold())[1] in wishes), default=0.0)


def pattern_match(wanted: str, product: Product, look: Sight) -> float:
    """1 when the pattern was recognised or the title says it."""
    said = {meaning(word)[1] for word in WORD.findall(f"{product.title} {look.pattern}".casefold())}
    return float(wanted in said)


def stated_colours(product: Product) -> list[str]:
    """The colours among the product's attributes."""
    return [value for key, value in product.attributes.items() if "colo" in key.casefold()]


def _any_colour(met: dict[str, float], colours: tuple[str, ...]) -> dict[str, float]:
    """Of several colours ("red or blue") the best one counts, for each of them."""
    best = max(met[name] for name in colours)
    return met | dict.fromkeys(colours, best)
