"""Calls with their events, turns and promises."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text()),
        sa.Column("scenario", sa.Text(), nullable=False),
        sa.Column("scenario_hash", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recording", sa.Text()),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("disposition", sa.Text()),
        sa.Column("duration_s", sa.Double()),
        sa.Column("sip_status", sa.Integer()),
        sa.Column("callback_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("call_id", name="pk_calls"),
    )
    op.create_index("ix_calls_opened_at", "calls", ["opened_at"])
    op.create_index("ix_calls_closed_at", "calls", ["closed_at"])
    op.create_index("ix_calls_account_id_opened_at", "calls", ["account_id", "opened_at"])
    op.create_table(
        "call_events",
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_call_events"),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name="fk_call_events_call_id_calls", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_call_events_call_id_event_id", "call_events", ["call_id", "event_id"])
    op.create_table(
        "turns",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("turn_index", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("planned_text", sa.Text(), nullable=False),
        sa.Column("start_s", sa.Double(), nullable=False),
        sa.Column("end_s", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text()),
        sa.Column("confidence", sa.Double()),
        sa.Column("response_ms", sa.Double()),
        sa.Column("transcript", sa.JSON()),
        sa.PrimaryKeyConstraint("call_id", "turn_index", name="pk_turns"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_turns_call_id_calls", ondelete="CASCADE"),
    )
    op.create_table(
        "promises",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_promises"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_promises_call_id_calls", ondelete="CASCADE"),
    )
    op.create_index("ix_promises_due", "promises", ["due"])
