"""Files that never change while the process runs: served under their hash, so that browsers keep them for good."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PATH = "/static"


class StaticUrls:
    """URLs by name: ``style.css`` of the pages themselves, ``scenarios/graph.js`` of a section.

    Args:
        folders: by section name; the empty name is the pages' own.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._urls = {
            name: f"{PATH}/{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
            for section, folder in folders.items()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
            for name in ("/".join(filter(None, (section, path.relative_to(folder).as_posix()))),)
        }

    def __call__(self, name: str) -> str:
        """Return the URL of a file.

        Raises:
            KeyError: there is none such.
        """
        return self._urls[name]


class Kept(StaticFiles):
    """Serves a folder; with the hash in its URL a file may be kept for a year."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or raise 404."""
        response = await super().get_response(path, scope)
        hashed = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return response
