"""The first tables: products, photos, vectors, words."""

from __future__ import annotations

from alembic import op

from shopsight.catalogue import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema.metadata.create_all(op.get_bind())
    fields = schema.WORD_FIELDS
    if op.get_bind().dialect.name == "sqlite":
        columns = ", ".join(fields)
        op.execute(f"CREATE VIRTUAL TABLE words USING fts5({columns}, tokenize = 'unicode61 remove_diacritics 0')")
        return
    columns = ", ".join(f"{name} text NOT NULL" for name in fields)
    op.execute(f"CREATE TABLE words (product_id bigint PRIMARY KEY, {columns}, document tsvector NOT NULL)")
    op.execute("CREATE INDEX words_by_document ON words USING gin (document)")
