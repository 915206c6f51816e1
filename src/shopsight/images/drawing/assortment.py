"""What the sample shop sells: one line a product, in the words of a buyer's order sheet.

A line reads: cut | cloth | trim | material | details | audience | price | noun. Cloth is a colour, or a pattern with
its colours (`stripes white navy`), with a number after it for the pattern's size. `wide=` and `long=` among the details
change the fit, `motif=` prints on the chest.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import cast, get_args

from shopsight.images.drawing.cloth import COLOURS, Dye
from shopsight.images.drawing.garments import Look
from shopsight.types import Audience

FAMILY = {
    "camel": "tan",
    "khaki": "beige",
    "rust": "orange",
    "mustard": "yellow",
    "mint": "green",
    "teal": "turquoise",
    "sky blue": "light blue",
    "fuchsia": "pink",
    "light denim": "light blue",
    "mid denim": "blue",
    "dark denim": "navy",
    "straw": "beige",
    "silver": "grey",
    "gold": "yellow",
}
"""The plain name that shoppers filter by, where a colour's own name is finer."""

_SHEETS: dict[str, str] = {
    "T-shirts": """
        crew | white | white | jersey | pocket | unisex | 19.90 | T-shirt
        crew | black | black | jersey | motif=peak:white:sky_blue | unisex | 24.90 | T-shirt
        crew | stripes white navy .12 .42 | navy | jersey | ringer | women | 22.90 | T-shirt
        v | burgundy | burgundy | jersey | | women | 19.90 | V-neck T-shirt
        crew | grey | navy | jersey | raglan wide=1.05 | men | 24.90 | raglan T-shirt
        crew | mustard | mustard | jersey | motif=sun:rust:cream wide=1.08 | unisex | 26.90 | T-shirt
        crew | olive | olive | jersey | pocket wide=1.08 | men | 21.90 | pocket T-shirt
        v | sky blue | sky blue | linen | wide=.96 | women | 29.90 | V-neck T-shirt
        crew | stripes pink red .2 .5 | red | jersey | cap | women | 23.90 | T-shirt
        crew | white | red | jersey | ringer motif=heart:red:red | girls | 14.90 | ringer T-shirt
        crew | blocks navy white red -.25 .26 | navy | jersey | wide=1.06 | boys | 16.90 | T-shirt
        boat | stripes cream black .07 .3 | black | jersey | cap | women | 24.90 | boat-neck top
        crew | teal | teal | jersey | motif=wave:white:mint | men | 24.90 | T-shirt
        crew | orange | orange | jersey | wide=1.1 motif=letters:white:white | unisex | 27.90 | T-shirt
        crew | lavender | lavender | jersey | cap motif=moon:white:yellow | women | 22.90 | T-shirt
        crew | flowers black pink fuchsia green .6 | black | jersey | | women | 26.90 | T-shirt
        crew | camo olive khaki green black .9 | olive | jersey | | men | 25.90 | T-shirt
        polo | navy | white | knit | | men | 34.90 | polo shirt
        polo | green | cream | knit | | men | 34.90 | polo shirt
        polo | stripes white blue .24 .5 | blue | jersey | | boys | 21.90 | polo shirt
        crew | ombre fuchsia orange .9 -.4 | fuchsia | jersey | wide=1.04 | unisex | 29.90 | dip-dyed T-shirt
        crew | stars navy yellow white .5 | navy | jersey | | kids | 13.90 | T-shirt
    """,
    "Longsleeves": """
        crew | stripes white navy .13 .4 | navy | jersey | long | women | 34.90 | Breton top
        crew | mustard | mustard | knit | long knit | women | 49.90 | sweater
        crew | charcoal | charcoal | wool | long knit | men | 69.90 | sweater
        crew | stripes burgundy cream .3 .2 | burgundy | knit | long knit wide=1.04 | men | 59.90 | sweater
        v | camel | camel | wool | long knit | women | 64.90 | V-neck sweater
        hoodie | green | white | wool | wide=1.05 | men | 54.90 | hoodie
        hoodie | grey | black | wool | wide=1.05 motif=letters:navy:navy | unisex | 57.90 | hoodie
        hoodie | pink | white | wool | | girls | 39.90 | hoodie
        crew | black | black | rib | long | women | 29.90 | ribbed longsleeve
        crew | white | red | jersey | long raglan wide=1.04 | unisex | 32.90 | raglan longsleeve
        crew | checks teal navy .4 .5 | navy | knit | long knit | men | 64.90 | sweater
        crew | blocks cream rust brown -.2 .35 | brown | knit | long knit wide=1.1 | women | 66.90 | sweater
        crew | hearts cream red pink .45 | red | jersey | long | girls | 24.90 | longsleeve
        crew | lavender | lavender | wool | long knit wide=1.12 long=.86 | women | 59.90 | cropped sweater
        crew | stripes turquoise yellow orange .34 .4 | orange | jersey | long | kids | 22.90 | longsleeve
        boat | red | red | knit | long knit | women | 47.90 | boat-neck sweater
    """,
    "Shirts": """
        shirt | sky blue | sky blue | linen | pocket | men | 49.90 | shirt
        shirt | white | white | canvas | wide=.97 | men | 45.90 | business shirt
        shirt | vertical white blue .05 .35 | white | canvas | | men | 47.90 | shirt
        shirt | checks red black white .17 .5 | =cloth | wool | pockets | men | 54.90 | flannel shirt
        shirt | checks white green .09 .5 | =cloth | canvas | pocket | men | 44.90 | gingham shirt
        shirt | leaves teal cream orange mint .85 | =cloth | linen | short wide=1.05 | men | 42.90 | shirt
        shirt | flowers fuchsia yellow white turquoise .8 | =cloth | linen | short | men | 42.90 | Hawaiian shirt
        shirt | dark denim | dark denim | denim | pockets | men | 59.90 | denim shirt
        shirt | light denim | light denim | denim | pockets wide=.95 | women | 57.90 | denim shirt
        shirt | black | black | smooth | wide=.96 | women | 52.90 | satin blouse
        shirt | dots navy white .075 .36 | white | smooth | wide=.95 | women | 49.90 | blouse
        shirt | vertical pink white .1 .5 | white | linen | wide=.97 | women | 48.90 | shirt
        shirt | window cream brown .2 | cream | wool | pocket | men | 56.90 | shirt
        shirt | checks mustard charcoal rust .22 .5 | =cloth | wool | pockets wide=1.06 | unisex | 64.90 | overshirt
        shirt | olive | olive | canvas | pockets short | men | 46.90 | utility shirt
        shirt | confetti white red blue yellow .5 | white | canvas | short | boys | 27.90 | shirt
        shirt | burgundy | burgundy | canvas | | men | 45.90 | shirt
        shirt | checks lavender purple white .14 .5 | =cloth | canvas | wide=.95 | women | 47.90 | shirt
    """,
    "Dresses": """
        aline | flowers navy pink white yellow .7 | navy | smooth | belt | women | 69.90 | summer dress
        slip | green | green | smooth | | women | 79.90 | slip dress
        shirt | vertical white blue .06 .5 | white | linen | short belt | women | 74.90 | shirt dress
        wrap | dots red white .09 .42 | red | smooth | short | women | 69.90 | wrap dress
        maxi | rust | rust | linen | tiers | women | 89.90 | maxi dress
        shift | black | black | knit | long | women | 64.90 | knitted dress
        aline | yellow | white | linen | | women | 59.90 | skater dress
        shift | stripes white black .16 .5 | black | jersey | cap | women | 49.90 | T-shirt dress
        wrap | leaves green cream mint yellow .7 | green | smooth | long | women | 84.90 | wrap dress
        maxi | ombre sky_blue navy 1.2 -.3 | navy | smooth | belt | women | 94.90 | evening dress
        slip | burgundy | burgundy | smooth | | women | 79.90 | slip dress
        aline | checks red white .1 .5 | white | canvas | cap belt | women | 62.90 | gingham dress
        shirt | mid denim | mid denim | denim | short belt | women | 79.90 | denim dress
        aline | confetti pink fuchsia white yellow .5 | pink | jersey | cap long=.8 | girls | 34.90 | party dress
        shift | blocks fuchsia orange purple -.3 .4 | fuchsia | smooth | cap | women | 67.90 | shift dress
        maxi | flowers cream rust olive mustard .9 | cream | linen | tiers cap | women | 92.90 | maxi dress
        shift | charcoal | charcoal | wool | short belt | women | 74.90 | office dress
        aline | lavender | lavender | smooth | long | women | 72.90 | dress
    """,
    "Skirts": """
        pleated | pink | pink | smooth | | women | 44.90 | pleated skirt
        pencil | black | black | leather | | women | 59.90 | leather pencil skirt
        denim | mid denim | mid denim | denim | | women | 39.90 | denim mini skirt
        midi | dots cream black .08 .4 | cream | smooth | | women | 54.90 | midi skirt
        aline | mustard | mustard | wool | buttons | women | 46.90 | A-line skirt
        pleated | checks red navy white .2 .5 | red | wool | | women | 52.90 | tartan skirt
        midi | flowers teal white yellow mint .7 | teal | smooth | | women | 56.90 | midi skirt
        tiered | white | white | linen | | women | 58.90 | tiered skirt
        pencil | window charcoal white .16 | charcoal | wool | | women | 49.90 | pencil skirt
        aline | stripes navy white .18 .4 | navy | canvas | bow | women | 42.90 | skirt
        tiered | rust | rust | linen | bow | women | 57.90 | tiered skirt
        pleated | green | green | smooth | satin long=1.35 | women | 59.90 | pleated midi skirt
        aline | hearts lavender purple white .4 | lavender | jersey | long=.8 | girls | 22.90 | skirt
    """,
    "Pants": """
        jeans | dark denim | dark denim | denim | raw | men | 79.90 | slim jeans
        jeans | mid denim | mid denim | denim | cuff | women | 74.90 | boyfriend jeans
        wide | light denim | light denim | denim | | women | 84.90 | wide-leg jeans
        jeans | black | black | denim | raw | women | 69.90 | skinny jeans
        chino | beige | beige | canvas | cuff | men | 59.90 | chinos
        chino | olive | olive | canvas | | men | 59.90 | chinos
        chino | burgundy | burgundy | canvas | | men | 59.90 | chinos
        jogger | grey | white | wool | | unisex | 44.90 | joggers
        jogger | navy | red | nylon | stripe | men | 42.90 | track pants
        wide | rust | rust | linen | | women | 64.90 | wide-leg trousers
        wide | vertical cream black .06 .2 | cream | linen | | women | 67.90 | striped trousers
        suit | charcoal | charcoal | wool | | men | 99.90 | suit trousers
        suit | window navy grey .13 | navy | wool | | women | 89.90 | checked trousers
        leggings | black | fuchsia | jersey | stripe | women | 34.90 | leggings
        leggings | flowers purple turquoise pink navy .5 | purple | jersey | | women | 37.90 | leggings
        cargo | khaki | khaki | canvas | | men | 69.90 | cargo pants
        cargo | camo olive khaki black green .8 | olive | canvas | | men | 72.90 | cargo pants
        jogger | pink | white | wool | | girls | 29.90 | sweatpants
    """,
    "Shorts": """
        jeans | light denim | light denim | denim | cuff | women | 39.90 | denim shorts
        jogger | navy | white | nylon | stripe | men | 29.90 | sports shorts
        chino | beige | beige | canvas | | men | 39.90 | chino shorts
        chino | red | red | canvas | cuff long=.9 | men | 39.90 | chino shorts
        cargo | olive | olive | canvas | long=1.35 | men | 44.90 | cargo shorts
        jogger | leaves turquoise navy white .6 | white | nylon | | men | 34.90 | swim shorts
        wide | vertical white blue .08 .45 | white | linen | long=.8 | women | 36.90 | shorts
        jogger | grey | black | wool | | boys | 19.90 | sweat shorts
        chino | checks navy sky_blue white .18 .5 | navy | canvas | long=1.2 | men | 42.90 | shorts
        jeans | black | black | denim | cuff long=.75 | women | 37.90 | denim shorts
        jogger | flowers orange yellow pink white .6 | white | nylon | | men | 34.90 | swim shorts
    """,
    "Jackets": """
        bomber | olive | black | nylon | wide=1.05 | men | 99.90 | bomber jacket
        bomber | black | charcoal | leather | | men | 189.00 | leather jacket
        denim | mid denim | cream | denim | | women | 89.90 | denim jacket
        denim | dark denim | cream | denim | sherpa wide=1.05 | men | 109.90 | sherpa denim jacket
        denim | rust | cream | wool | | women | 99.90 | corduroy jacket
        blazer | charcoal | white | wool | | men | 159.00 | blazer
        blazer | fuchsia | white | smooth | | women | 129.00 | blazer
        blazer | window beige brown .15 | white | wool | | women | 139.00 | checked blazer
        blazer | navy | sky blue | wool | | men | 159.00 | blazer
        coat | camel | cream | wool | | women | 219.00 | double-breasted coat
        coat | checks charcoal grey .16 .5 | black | wool | | men | 239.00 | wool coat
        puffer | red | black | nylon | wide=1.08 | unisex | 149.00 | puffer jacket
        puffer | navy | orange | nylon | hood wide=1.08 | men | 159.00 | hooded puffer jacket
        puffer | mint | white | nylon | hood | girls | 89.90 | puffer jacket
        parka | khaki | brown | canvas | fur | women | 179.00 | parka
        parka | black | charcoal | canvas | | men | 169.00 | parka
        rain | yellow | grey | nylon | | unisex | 94.90 | raincoat
        rain | dots turquoise white .14 .4 | navy | nylon | | kids | 54.90 | raincoat
        cardigan | burgundy | burgundy | knit | | women | 64.90 | cardigan
        cardigan | stripes cream navy .12 .35 | navy | knit | | women | 69.90 | cardigan
    """,
    "Hats": """
        cap | navy | white | canvas | badge | unisex | 24.90 | baseball cap
        cap | black | red | canvas | two | men | 24.90 | baseball cap
        cap | camo olive khaki black green .6 | black | canvas | | men | 26.90 | cap
        beanie | mustard | cream | knit | pompom | women | 22.90 | bobble hat
        beanie | charcoal | charcoal | knit | badge | men | 19.90 | beanie
        beanie | stripes red white .2 .5 | red | knit | two pompom | kids | 17.90 | bobble hat
        bucket | beige | beige | canvas | | unisex | 27.90 | bucket hat
        bucket | flowers sky_blue white yellow pink .6 | blue | canvas | | women | 29.90 | bucket hat
        straw | straw | black | straw | | women | 39.90 | straw hat
        fedora | brown | black | wool | | men | 59.90 | fedora
        fedora | burgundy | black | wool | | women | 59.90 | fedora
    """,
    "Shoes": """
        sneaker | white | green | leather | stripe | unisex | 89.90 | sneakers
        sneaker | black | black | leather | bars dark | men | 94.90 | sneakers
        sneaker | sky blue | navy | canvas | cap | women | 59.90 | canvas sneakers
        sneaker | pink | white | leather | stripe cap | girls | 49.90 | sneakers
        high | black | white | canvas | cap star | unisex | 69.90 | high-top sneakers
        high | red | white | canvas | cap star | unisex | 69.90 | high-top sneakers
        runner | grey | orange | knit | | men | 109.90 | running shoes
        runner | turquoise | fuchsia | knit | | women | 109.90 | running shoes
        runner | yellow | black | knit | | men | 119.90 | running shoes
        slipon | checks white black .14 .5 | black | canvas | | unisex | 54.90 | slip-ons
        slipon | navy | white | canvas | | men | 49.90 | slip-ons
        loafer | brown | brown | leather | tassel | men | 119.90 | tassel loafers
        loafer | burgundy | burgundy | patent | bit | women | 109.90 | loafers
        oxford | black | black | leather | | men | 139.90 | Oxford shoes
        oxford | camel | brown | leather | | men | 139.90 | Oxford shoes
        pump | red | red | patent | | women | 99.90 | pumps
        pump | black | gold | leather | bow | women | 94.90 | pumps
        ballerina | navy | navy | leather | | women | 69.90 | ballet flats
        ballerina | beige | black | leather | | women | 69.90 | ballet flats
    """,
    "Boots": """
        chelsea | black | charcoal | leather | | men | 149.90 | Chelsea boots
        chelsea | brown | black | leather | | women | 144.90 | Chelsea boots
        lace | mustard | brown | leather | | men | 159.90 | work boots
        lace | burgundy | black | leather | | women | 154.90 | lace-up boots
        rain | yellow | black | rubber | | women | 59.90 | rain boots
        rain | green | cream | rubber | | kids | 34.90 | rain boots
        heel | black | black | leather | | women | 129.90 | ankle boots
        heel | beige | brown | wool | | women | 124.90 | suede ankle boots
    """,
    "Bags": """
        tote | cream | brown | canvas | base | women | 49.90 | tote bag
        tote | stripes white navy .2 .4 | navy | canvas | | women | 39.90 | beach bag
        tote | black | black | leather | | women | 129.90 | shopper
        backpack | navy | brown | canvas | | unisex | 79.90 | backpack
        backpack | olive | brown | canvas | flap | men | 89.90 | rucksack
        backpack | pink | purple | nylon | two | girls | 44.90 | school bag
        shoulder | black | black | leather | chain quilt gold | women | 119.90 | quilted bag
        shoulder | red | red | leather | gold | women | 109.90 | shoulder bag
        bucket | camel | brown | leather | | women | 99.90 | bucket bag
        duffel | charcoal | brown | canvas | | men | 109.90 | weekender
        clutch | teal | teal | leather | | women | 49.90 | clutch
    """,
}


@dataclass(frozen=True)
class Line:
    """One line of the order sheet, understood."""

    category: str
    cut: str
    look: Look
    colours: tuple[str, ...]
    audience: Audience
    price: Decimal
    noun: str
    motif: tuple[str, ...]


def order_sheet() -> list[Line]:
    """Every product of the sample shop, in the order of the categories."""
    return [_read(category, row) for category, sheet in _SHEETS.items() for row in sheet.strip().splitlines()]


def _read(category: str, row: str) -> Line:
    cut, cloth, trim, material, details, audience, price, noun = (cell.strip() for cell in row.split("|"))
    dye, colours = _dye(cloth)
    words = details.split()
    fit = dict(word.split("=") for word in words if "=" in word)
    look = Look(
        dye,
        dye if trim == "=cloth" else _dye(trim)[0],
        material,
        wide=float(fit.get("wide", 1)),
        long=float(fit.get("long", 1)),
        cut=cut,
        details=frozenset(word for word in words if "=" not in word),
    )
    if audience not in get_args(Audience):
        raise ValueError(f"{row.strip()}: no such audience")
    motif = tuple(part.replace("_", " ") for part in fit["motif"].split(":")) if "motif" in fit else ()
    return Line(category, cut, look, colours, cast(Audience, audience), Decimal(price), noun, motif)


_PRINTS = ("flowers", "leaves", "confetti", "waves", "hearts", "stars", "camo")


def _dye(cloth: str) -> tuple[Dye, tuple[str, ...]]:
    if cloth in COLOURS:
        return Dye("plain", (COLOURS[cloth],)), (cloth,)
    kind, *rest = cloth.split()
    names = tuple(word.replace("_", " ") for word in rest if word[0].isalpha())
    numbers = [float(word) for word in rest if not word[0].isalpha()]
    colours = tuple(COLOURS[name] for name in names)
    if kind in _PRINTS:
        return Dye("print", colours, scale=numbers[0], style=kind, seed=sum(map(ord, cloth))), names
    scale, share = numbers[0], numbers[1] if len(numbers) > 1 else 0.5
    if kind == "blocks":  # Where the first edge lies, then how far the next.
        return Dye(kind, colours, scale=share, share=scale), names
    woven = {"vertical": ("stripes", "vertical"), "window": ("checks", "window")}.get(kind, (kind, ""))
    return Dye(woven[0], colours, scale=scale, share=share, style=woven[1]), names
