"""The search index has each word's keys in its documents, and on SQLite its side before each key.

The full text is emptied where it changes; the index then refuses to be asked until it is made anew from its documents:
``voicebot search --rebuild``.
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
        op.execute(
            "CREATE VIRTUAL TABLE search_words "
            "USING fts5(words, content='', columnsize=0, tokenize=\"ascii tokenchars '!:%_'\")"
        )
    else:
        op.drop_index("ix_search_words_words", "search_words")
        op.create_index(
            "ix_search_words_words",
            "search_words",
            ["words"],
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )
    op.execute("UPDATE search_made_by SET keys = 'layout-1 ' || keys")
