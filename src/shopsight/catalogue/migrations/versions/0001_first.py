"""The first tables: products, photos, vectors, words. A step is never edited once a release has it: add another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
WORD_FIELDS = ("title", "brand", "category", "colour", "attributes", "recognised", "description")


def upgrade() -> None:
    make_tables()
    if op.get_bind().dialect.name == "sqlite":
        make_words_on_sqlite()
    else:
        make_words_on_postgres()


def make_words_on_sqlite() -> None:
    columns = ", ".join(WORD_FIELDS)
    op.execute(f"CREATE VIRTUAL TABLE words USING fts5({columns}, tokenize = 'unicode61 remove_diacritics 0')")


def make_words_on_postgres() -> None:
    columns = ", ".join(f"{name} text NOT NULL" for name in WORD_FIELDS)
    op.execute(f"CREATE TABLE words (product_id bigint PRIMARY KEY, {columns}, document tsvector NOT NULL)")
    op.execute("CREATE INDEX words_by_document ON words USING gin (document)")


def make_tables() -> None:
    op.create_table(
        "blocks",
        sa.Column("space_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("space_id", "start"),
    )
    op.create_table(
        "facts",
        sa.Column("photo_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("space_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recognised", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("photo_id", "space_id"),
    )
    op.create_table(
        "grams",
        sa.Column("gram", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("gram", "word"),
    )
    op.create_table(
        "names",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("names_by_key", "names", ["kind", "key"], unique=True)
    op.create_table(
        "origins",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("photo_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin"),
    )
    op.create_table(
        "photos",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("price", sa.Text(), nullable=True),
        sa.Column("price_e4", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("audience", sa.SmallInteger(), nullable=False),
        sa.Column("availability", sa.SmallInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sku"),
        sqlite_autoincrement=True,
    )
    op.create_index("products_by_brand", "products", ["brand_id"], unique=False)
    op.create_index("products_by_category", "products", ["category_id"], unique=False)
    op.create_index("products_by_price", "products", ["price_e4", "id"], unique=False)
    op.create_index("products_by_revision", "products", ["revision"], unique=False)
    op.create_index("products_by_source", "products", ["source"], unique=False)
    op.create_index("products_by_title", "products", ["title_key", "id"], unique=False)
    op.create_table(
        "removals",
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product_id"),
    )
    op.create_index(op.f("ix_removals_revision"), "removals", ["revision"], unique=False)
    op.create_table(
        "shop",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "sights",
        sa.Column("space_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("photo_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("space_id", "row"),
    )
    op.create_index("sights_by_photo", "sights", ["photo_id", "space_id"], unique=False)
    op.create_table(
        "spaces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dim", sa.Integer(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "vocabulary",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("products", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word"),
    )
    op.create_table(
        "product_colours",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("name_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("product_id", "name_id"),
    )
    op.create_index("product_colours_by_name", "product_colours", ["name_id", "product_id"], unique=False)
    op.create_table(
        "product_photos",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("product_id", "position"),
    )
    op.create_index("product_photos_by_photo", "product_photos", ["photo_id"], unique=False)
