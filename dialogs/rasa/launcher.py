"""Serves a Rasa model: run by Rasa's own interpreter (CPython 3.10), never imported by the product.

``launcher.py MODEL HOST PORT``, and the token in ``RASA_TOKEN``. Unlike ``rasa run --enable-api`` it answers nothing
but what a call needs, so that nobody who reaches the port can load, train or fetch a model; it shows the token to no
list of processes, and writes down no word of a caller.
"""

import logging
import os
import sys
from asyncio import AbstractEventLoop
from functools import partial

import structlog
from rasa.core.run import close_resources, configure_app, load_agent_on_start
from sanic import Sanic, response
from sanic.request import Request

ANSWERED = {("GET", "/"), ("GET", "/version"), ("GET", "/status"), ("POST", "/model/parse")}
LARGEST_REQUEST_BYTES = 16_384

log = logging.getLogger("rasa.launcher")


def refuse_others(request: Request) -> "response.HTTPResponse | None":
    """Answer 404 to every path and method that a call has no use for."""
    if (request.method, request.path) in ANSWERED:
        return None
    return response.json({"status": "failure", "code": 404}, status=404)


async def warm_up(app: Sanic, loop: AbstractEventLoop) -> None:
    """Read a word, since the first one takes seconds."""
    await app.ctx.agent.parse_message("ok")
    log.info("up: %s at http://%s:%s", os.path.basename(model), host, port)


if __name__ == "__main__":
    model, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    log.setLevel(logging.INFO)
    # At debug, structlog's default, Rasa writes down every text that it reads.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    server = configure_app(input_channels=[], auth_token=os.environ.pop("RASA_TOKEN", None), enable_api=True)
    server.config.REQUEST_MAX_SIZE = LARGEST_REQUEST_BYTES
    server.config.FALLBACK_ERROR_FORMAT = "json"
    server.register_middleware(refuse_others, "request")
    server.register_listener(partial(load_agent_on_start, model, None, None), "before_server_start")
    server.register_listener(warm_up, "before_server_start")
    server.register_listener(close_resources, "after_server_stop")
    server.run(host=host, port=port, workers=1, access_log=False, motd=False)
