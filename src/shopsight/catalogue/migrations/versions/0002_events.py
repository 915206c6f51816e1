"""What happened: events and daily KPI tables; and what was measured in photos."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_events()
    make_days()
    op.create_table(
        "shop_secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "photo_factors",
        sa.Column("photo_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("packed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("photo_id"),
    )


def make_events() -> None:
    op.create_table(
        "events",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "sku", "photo", "variant")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("campaign", "visitor")),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("bot", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("events_by_kind", "events", ["kind", "day"], unique=False)
    op.create_index("events_by_sku", "events", ["sku", "kind", "day"], unique=False)
    op.create_index("events_by_visitor", "events", ["visitor", "at_us"], unique=False)
    op.create_table(
        "bot_days",
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("visitor", "day"),
    )
    op.create_table(
        "event_sources",
        sa.Column("source", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("added", "duplicates", "bots")),
        sa.PrimaryKeyConstraint("source"),
    )


def make_days() -> None:
    op.create_table(
        "kpi_days",
        sa.Column("kpi", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("sku", "photo", "variant")),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("numerator", sa.Float(), nullable=False),
        sa.Column("denominator", sa.Float(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kpi", "day", "sku", "photo", "variant"),
    )
    op.create_index("kpi_days_by_sku", "kpi_days", ["sku", "kpi", "day"], unique=False)
