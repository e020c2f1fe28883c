"""The process of the pages: the application under uvicorn, alone or as a child of `voicebot serve`."""

import errno
import logging
import os
import socket
import ssl
import sys
from collections.abc import Sequence

import uvicorn
from fastapi import FastAPI

from config import logs, studio, talk
from config.children import WRONG_SETTINGS, end_with_parent
from config.sections import Web
from config.settings import Settings, load
from config.web import people
from config.web.app import create_app
from config.web.section import Section
from engine.errors import ConfigurationError, SettingsError, VoicebotError

_log = logging.getLogger("config.web.server")  # also where this module is the program

_DRAIN_S = 5
_NICER = 10
"""Than the engine, whose audio goes first."""


class AddressTaken(VoicebotError):
    """Another process serves at our address, perhaps the pages of an engine that is just ending."""

    retryable = True


def sections() -> Sequence[Section]:
    """Return the sections that the product has; each is imported here and nowhere else."""
    return (studio.SCENARIOS, talk.TALK, people.PEOPLE, people.LOG)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Blocks.

    Raises:
        ConfigurationError: the address, the certificate or the key is wrong.
        AddressTaken: the address is in use.
        StoreError: the database of the pages cannot be opened.
    """
    web = settings.web
    with listening(web) as listener:
        server = uvicorn.Server(configuration(create_app(settings, sections()), web))
        _log.info("pages: %s://%s:%d", "https" if web.tls else "http", web.address, listener.getsockname()[1])
        server.run(sockets=[listener])


def configuration(app: FastAPI, web: Web) -> uvicorn.Config:
    """Return how the application is run.

    Raises:
        SettingsError: the certificate or its key cannot be used.
    """
    if web.tls_certificate and web.tls_key:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(web.tls_certificate, web.tls_key)
        except (OSError, ssl.SSLError) as error:
            files = f"{web.tls_certificate} and {web.tls_key}"
            raise SettingsError(f"web.tls_certificate and web.tls_key: {files} cannot be used: {error}") from error
    return uvicorn.Config(
        app,
        http="h11",
        ws="websockets-sansio",
        proxy_headers=False,  # the application believes them of declared proxies alone
        server_header=False,
        log_config=None,
        access_log=False,
        ssl_certfile=web.tls_certificate,
        ssl_keyfile=web.tls_key,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=_DRAIN_S,
        limit_concurrency=200,
        ws_max_size=2**20,
    )


def listening(web: Web) -> socket.socket:
    """Return a socket at the address.

    Raises:
        AddressTaken: it is in use.
        SettingsError: it is not this machine's.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((web.address, web.port))
        listener.listen()
    except OSError as error:
        listener.close()
        what = f"the pages cannot be served at {web.address}:{web.port}: {error.strerror}"
        if error.errno == errno.EADDRINUSE:
            raise AddressTaken(f"{what}; stop what is there, or set another web.port") from error
        raise SettingsError(f"{what}; set web.address and web.port") from error
    return listener


def main() -> int:
    """Run as the child of `voicebot serve`, which names the settings file in the environment."""
    os.nice(_NICER)
    try:
        settings = load()
        logs.configure(settings.log.level, settings.log.format)
        end_with_parent()
        serve(settings)
    except ConfigurationError as error:
        _log.error("pages: %s", error)
        return WRONG_SETTINGS
    except VoicebotError as error:
        _log.error("pages: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
