"""Directories: whose accounts a caller's number has, from an accounts file or from the bank's own system."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.request import Request

from config.accounts import AccountBook, accounts_of, e164
from config.outside import OutsideError, OutsideSystem
from engine.accounts import Account
from engine.errors import DirectoryError, SettingsError


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
        self._bank = OutsideSystem("directory")

    async def of_caller(self, number: str) -> Sequence[Account]:
        """Return the accounts of a number; none for a caller without one.

        Raises:
            DirectoryError: the system is away, too slow, or answers something else than accounts.
        """
        digits = e164(number)
        if not digits:
            return ()
        try:
            body = await self._bank.ask(Request(self._url.replace("{number}", digits)), self._token, self._timeout_s)
        except OutsideError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return ()
            raise DirectoryError(f"the directory {error}") from None
        try:
            return accounts_of(body)
        except SettingsError as error:
            raise DirectoryError(f"the directory's {error}") from None
