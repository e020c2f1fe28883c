"""Directories: whose accounts a caller's number has, from an accounts file or from the bank's own system."""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse

from config.accounts import AccountBook, accounts_of, e164
from engine.accounts import Account
from engine.errors import DirectoryError, SettingsError

_LARGEST_ANSWER_BYTES = 1 << 20
_PIECE_BYTES = 1 << 16
_AT_ONCE = 32
"""Lookups; a system that hangs holds up further ones, and nothing else of the engine."""


class FileDirectory:
    """An `engine.ports.AccountDirectory` over an accounts file that was read."""

    def __init__(self, book: AccountBook) -> None:
        self._book = book

    async def of_caller(self, number: str) -> Sequence[Account]:
        """Return the accounts of a number."""
        return self._book.of_caller(number)


class HttpDirectory:
    """An `engine.ports.AccountDirectory` over the bank's own system. No message holds a number or what was answered.

    Args:
        url: with ``{number}`` for the digits.
        token: bearer token, None for none.
        timeout_s: for the whole of a lookup, in seconds.
    """

    def __init__(self, url: str, token: str | None, timeout_s: float) -> None:
        self._url, self._token, self._timeout_s = url, token, timeout_s
        # Redirections are not followed: they would take the number, and the token, to another host.
        self._opener = urllib.request.build_opener(_NoRedirection)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="directory")

    async def of_caller(self, number: str) -> Sequence[Account]:
        """Return the accounts of a number; none for a caller without one.

        Raises:
            DirectoryError: the system is away, too slow, or answers something else than accounts.
        """
        digits = e164(number)
        if not digits:
            return ()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, digits)
        except TimeoutError:
            raise DirectoryError(f"the directory did not answer within {self._timeout_s:g} s") from None

    def _ask(self, digits: str) -> Sequence[Account]:
        until_s = time.monotonic() + self._timeout_s
        request = urllib.request.Request(self._url.replace("{number}", digits), headers={"Accept": "application/json"})
        if self._token is not None:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=self._timeout_s) as answer:
                body = _read(answer, until_s)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == HTTPStatus.NOT_FOUND:
                return ()
            raise DirectoryError(f"the directory answered {error.code}") from None
        except HTTPException as error:  # its text is what was answered
            raise DirectoryError(f"the directory does not speak HTTP ({type(error).__name__})") from None
        except OSError as error:
            raise DirectoryError(f"the directory cannot be reached ({type(error).__name__})") from None
        if len(body) > _LARGEST_ANSWER_BYTES:
            raise DirectoryError(f"the directory answered more than {_LARGEST_ANSWER_BYTES >> 20} MB")
        try:
            return accounts_of(body)
        except SettingsError as error:
            raise DirectoryError(f"the directory's {error}") from None


def _read(answer: HTTPResponse, until_s: float) -> bytes:
    """Return the body, or just more of it than is allowed; one that trickles must not hold its thread for ever."""
    body = bytearray()
    while len(body) <= _LARGEST_ANSWER_BYTES and (piece := answer.read1(_PIECE_BYTES)):
        body += piece
        if time.monotonic() > until_s:
            raise TimeoutError
    return bytes(body)


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None
