"""The search index has each word's keys in its documents, and on SQLite its side before each key.

The full text is emptied where it changes; the index then refuses to be asked until it is made anew from its documents:
``voicebot search --rebuild``.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

_BESIDE_ROWS = (
    # A row that is looked at for its words must not fetch them from elsewhere, piece by piece.
    "ALTER TABLE search_words SET (toast_tuple_target = 8160)",
    "ALTER TABLE search_words ALTER COLUMN words SET STORAGE MAIN",
    # Read five times as fast as what is compressed by the server's own way, where the server can (14 or later).
    "DO $$ BEGIN EXECUTE 'ALTER TABLE search_words ALTER COLUMN words SET COMPRESSION lz4'; "
    "EXCEPTION WHEN syntax_error OR feature_not_supported THEN NULL; END $$",
    # Documents are compressed already.
    "ALTER TABLE search_documents ALTER COLUMN document SET STORAGE EXTERNAL",
)


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
        for change in _BESIDE_ROWS:
            op.execute(change)
    op.execute("UPDATE search_made_by SET keys = 'layout-1 ' || keys")
