"""Users with their roles, second factors and sessions, attempts to sign in, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)


def _serial() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "web_users",
        sa.Column("user_id", _serial(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_at", _MOMENT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary()),
        sa.Column("totp_since", _MOMENT),
        sa.Column("totp_step", sa.BigInteger()),
        sa.PrimaryKeyConstraint("user_id", name="pk_web_users"),
        sa.UniqueConstraint("name", name="uq_web_users_name"),
    )
    op.create_table(
        "web_user_roles",
        sa.Column("user_id", _serial(), nullable=False, autoincrement=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "role", name="pk_web_user_roles"),
        _owner("web_user_roles"),
    )
    op.create_table(
        "web_recovery_codes",
        sa.Column("user_id", _serial(), nullable=False, autoincrement=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", _MOMENT),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name="pk_web_recovery_codes"),
        _owner("web_recovery_codes"),
    )
    op.create_table(
        "web_sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", _serial(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_web_sessions"),
        _owner("web_sessions"),
    )
    op.create_index("ix_web_sessions_user_id", "web_sessions", ["user_id"])
    op.create_table(
        "web_login_attempts",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("not_before", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_web_login_attempts"),
    )
    op.create_table(
        "web_audit",
        sa.Column("entry_id", _serial(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("user_id", _serial()),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="pk_web_audit"),
    )
    op.create_index("ix_web_audit_at", "web_audit", ["at"])
    op.create_index("ix_web_audit_action_at", "web_audit", ["action", "at"])
    _append_only()


def _owner(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_user_id_web_users"
    return sa.ForeignKeyConstraint(["user_id"], ["web_users.user_id"], name=name, ondelete="CASCADE")


def _append_only() -> None:
    """Let the database itself refuse to change or delete entries of the audit log."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION web_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER web_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON web_audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION web_audit_is_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER web_audit_no_{verb.lower()} BEFORE {verb} ON web_audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )
