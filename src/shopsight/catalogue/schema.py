"""The tables of a shop: the same on SQLite and on PostgreSQL.

Text that filters compare (categories, brands, colours) is kept once in `names` and used by number everywhere else, so
that a filter over a million products is a comparison of small integers. `revision` on a row is the generation of the
shop in which it last changed: whoever remembers a generation asks only for what is newer.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Float, ForeignKey, Index, Integer, MetaData, SmallInteger, Table, Text

HEAD = "0004"
"""The newest migration: a shop whose `alembic_version` says so is opened without loading Alembic."""

AUDIENCES = ("unknown", "women", "men", "unisex", "girls", "boys", "kids")
AVAILABILITIES = ("unknown", "in_stock", "out_of_stock", "preorder")
CATEGORY, BRAND, COLOUR = 1, 2, 3
"""Kinds of `names`."""

metadata = MetaData()
# SQLite numbers rows by itself only for the type INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")

shop = Table(
    "shop",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("generation", BigInteger, nullable=False),
)

names = Table(
    "names",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Index("names_by_key", "kind", "key", unique=True),
)

products = Table(
    "products",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("sku", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("title_key", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("brand", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("price", Text),
    Column("price_e4", BigInteger),
    Column("currency", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("audience", SmallInteger, nullable=False),
    Column("availability", SmallInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("brand_id", Integer, nullable=False),
    Column("category_id", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("products_by_title", "title_key", "id"),
    Index("products_by_price", "price_e4", "id"),
    Index("products_by_category", "category_id"),
    Index("products_by_brand", "brand_id"),
    Index("products_by_source", "source"),
    Index("products_by_revision", "revision"),
    sqlite_autoincrement=True,
)
"""`title_key` sorts, `price_e4` is the price in ten-thousandths, `category_id` is the stated category or, where none is
stated, the recognised one. Numbers of products are never used twice."""

removals = Table(
    "removals",
    metadata,
    Column("product_id", BigInteger, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False, index=True),
)

product_colours = Table(
    "product_colours",
    metadata,
    Column("product_id", BigInteger, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("name_id", Integer, primary_key=True),
    Index("product_colours_by_name", "name_id", "product_id"),
)

photos = Table(
    "photos",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("sha", Text, nullable=False, unique=True),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    sqlite_autoincrement=True,
)

product_photos = Table(
    "product_photos",
    metadata,
    Column("product_id", BigInteger, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("photo_id", BigInteger, nullable=False),
    Index("product_photos_by_photo", "photo_id"),
)

origins = Table(
    "origins",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("photo_id", BigInteger, nullable=False),
)
"""Where a photo was taken from (an address, or a path with its size and time): what is known is not fetched again."""

spaces = Table(
    "spaces",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("dim", Integer, nullable=False),
    Column("segment", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
)
"""`segment` numbers the file that holds the rows; `epoch` rises when rows that were there are there no more."""

blocks = Table(
    "blocks",
    metadata,
    Column("space_id", Integer, primary_key=True, autoincrement=False),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("rows", Integer, nullable=False),
    Column("checksum", BigInteger, nullable=False),
)
"""The vectors of a space lie in its file in blocks of rows that were written together; `checksum` is their CRC-32."""

sights = Table(
    "sights",
    metadata,
    Column("space_id", Integer, primary_key=True, autoincrement=False),
    Column("row", BigInteger, primary_key=True, autoincrement=False),
    Column("photo_id", BigInteger, nullable=False),
    Index("sights_by_photo", "photo_id", "space_id"),
)
"""Which photo a row of the vector file belongs to. A photo that several products share has a row for each."""

facts = Table(
    "facts",
    metadata,
    Column("photo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("space_id", Integer, primary_key=True, autoincrement=False),
    Column("recognised", Text, nullable=False),
)
"""What an engine recognised in a photo, as JSON: categories, colours, pattern, box."""

vocabulary = Table(
    "vocabulary",
    metadata,
    Column("word", Text, primary_key=True),
    Column("products", Integer, nullable=False),
)

grams = Table(
    "grams",
    metadata,
    Column("gram", Text, primary_key=True),
    Column("word", Text, primary_key=True),
)
"""Three-letter pieces of the vocabulary's words: how a mistyped word finds its neighbours."""

events = Table(
    "events",
    metadata,
    Column("number", BigId, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("at_us", BigInteger, nullable=False),
    Column("day", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sku", Text, nullable=False),
    Column("photo", Text, nullable=False),
    Column("variant", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("visitor", Text, nullable=False),
    Column("amount", Float, nullable=False),
    Column("bot", SmallInteger, nullable=False),
    Column("source", Text, nullable=False),
    Index("events_by_kind", "kind", "day"),
    Index("events_by_sku", "sku", "kind", "day"),
    Index("events_by_visitor", "visitor", "at_us"),
)
"""`at_us` is in microseconds and `day` in days, both since 1970 in UTC; `bot` is 0 for people, 1 for
a machine by its user agent, 2 by its pace. Products and photos by name: an event may come before its product."""

bot_days = Table(
    "bot_days",
    metadata,
    Column("visitor", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
)
"""Visitors too quick for a person, and the days on which they were."""

event_sources = Table(
    "event_sources",
    metadata,
    Column("source", Text, primary_key=True),
    Column("added", BigInteger, nullable=False),
    Column("duplicates", BigInteger, nullable=False),
    Column("bots", BigInteger, nullable=False),
)
"""How many events came from where; bots are among the added, duplicates are not."""

kpi_days = Table(
    "kpi_days",
    metadata,
    Column("kpi", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("sku", Text, primary_key=True),
    Column("photo", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("level", SmallInteger, nullable=False),
    Column("numerator", Float, nullable=False),
    Column("denominator", Float, nullable=False),
    Column("source", Text, nullable=False),
    Index("kpi_days_by_sku", "sku", "kpi", "day"),
)
"""Daily tables that a shop brought along. `level` is how many of sku, photo and variant are named: of one day the least
detailed rows that answer a question are added up, so that a total and its parts are never both counted."""

shop_secrets = Table(
    "shop_secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

photo_factors = Table(
    "photo_factors",
    metadata,
    Column("photo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False),
    Column("packed", Text, nullable=False),
)
"""What was measured in a photo, as JSON; `version` says by which rules."""

basket_goods = Table(
    "basket_goods",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sku", Text, nullable=False, unique=True),
)
"""What lay in baskets, by number: also what the shop does not sell any more, or never did."""

baskets = Table(
    "baskets",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("day", Date),
    Column("source", Text, nullable=False),
    Column("goods", Text, nullable=False),
    Column("quantities", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("baskets_by_revision", "revision"),
    sqlite_autoincrement=True,
)
"""What was bought together: `key` is the order's own number, `day` in UTC where it is known. `goods` are numbers of
`basket_goods`, rising, by blanks, and `quantities` how many of each, empty where it is one of each: rules read all
baskets or none, and a row a basket is read ten times as fast as a row a line."""

suggestions = Table(
    "suggestions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("sku", Text, nullable=False),
    Column("photo", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("engine", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("corrected", Text, nullable=False),
    Column("written", Text, nullable=False),
    Column("made_at_s", BigInteger, nullable=False),
    Column("decided_at_s", BigInteger),
    Index("suggestions_by_product", "sku", "kind", unique=True),
    Index("suggestions_by_state", "state", "kind", "score", "id"),
    sqlite_autoincrement=True,
)
"""What an engine suggests about a product, one row per product and kind, and what a person said to it.
`written` is JSON: what accepting it wrote, and what stood there before. Times are in seconds since 1970, UTC."""

WORD_FIELDS = ("title", "brand", "category", "colour", "attributes", "recognised", "description")
