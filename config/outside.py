"""Questions to the bank's own systems over HTTP: bounded in time and size, without redirections, off the event loop.

No message holds what was asked or answered: both are personal data.
"""

import asyncio
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException, HTTPResponse

LARGEST_ANSWER_BYTES = 1 << 20
_PIECE_BYTES = 1 << 16
_AT_ONCE = 32
"""Questions; a system that hangs holds up further ones, and nothing else of the engine."""


class OutsideError(Exception):
    """There is no answer; the message says why, without any data.

    Args:
        reason: why, such as "answered 503".
        status: HTTP status, where there was one.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class OutsideSystem:
    """Asks, in threads of its own.

    Args:
        name: of the threads.
    """

    def __init__(self, name: str) -> None:
        # Redirections are not followed: they would take the data, and the token, to another host.
        self._opener = urllib.request.build_opener(_NoRedirection)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=name)

    async def ask(self, request: urllib.request.Request, token: str | None, timeout_s: float) -> bytes:
        """Return the body of a 2xx answer.

        Args:
            request: with its URL, method and body.
            token: bearer token, None for none.
            timeout_s: for the whole of it, in seconds.

        Raises:
            OutsideError: there is none within that time, or it is too large.
        """
        request.add_header("Accept", "application/json")
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, request, timeout_s)
        except TimeoutError:
            raise OutsideError(f"did not answer within {timeout_s:g} s") from None

    def _ask(self, request: urllib.request.Request, timeout_s: float) -> bytes:
        until_s = time.monotonic() + timeout_s
        try:
            with self._opener.open(request, timeout=timeout_s) as answer:
                body = _read(answer, until_s)
        except urllib.error.HTTPError as error:
            error.close()
            raise OutsideError(f"answered {error.code}", error.code) from None
        except HTTPException as error:  # its text is what was answered
            raise OutsideError(f"does not speak HTTP ({type(error).__name__})") from None
        except OSError as error:
            raise OutsideError(f"cannot be reached ({type(error).__name__})") from None
        if len(body) > LARGEST_ANSWER_BYTES:
            raise OutsideError(f"answered more than {LARGEST_ANSWER_BYTES >> 20} MB")
        return body


def _read(answer: HTTPResponse, until_s: float) -> bytes:
    """Return the body, or just more of it than is allowed; one that trickles must not hold its thread for ever."""
    body = bytearray()
    while len(body) <= LARGEST_ANSWER_BYTES and (piece := answer.read1(_PIECE_BYTES)):
        body += piece
        if time.monotonic() > until_s:
            raise TimeoutError
    return bytes(body)


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None
