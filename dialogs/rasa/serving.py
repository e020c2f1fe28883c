"""The server: started in Rasa's own environment, and looked at from ours."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import httpx2

from dialogs.rasa.environment import Environment
from dialogs.rasa.training import newest_model
from engine.errors import RasaError

HOST: Final = "127.0.0.1"
"""Nobody but this machine is answered: what is past its end of life does not belong on a network."""

_LOOK_S: Final = 5.0
_WORD: Final = "ok"


def serve(environment: Environment, model: Path | None, port: int, token: str | None) -> NoReturn:
    """Become the server; this process is Rasa's from then on, and ends by a signal.

    Args:
        environment: that Rasa is installed in.
        model: to serve, None for the one that was trained last.
        port: on loopback.
        token: that it asks for, None for none.

    Raises:
        RasaError: Rasa is not installed, or there is no model.
    """
    if not environment.complete:
        raise RasaError(f"{environment.folder}: Rasa is not installed, or incompletely: voicebot rasa setup")
    model = model or newest_model(environment)
    if model is None or not model.is_file():
        raise RasaError(f"{model or environment.models}: no model there: voicebot rasa train")
    launcher = Path(__file__).with_name("launcher.py")
    command = [*environment.command, str(launcher), str(model.absolute()), HOST, str(port)]
    variables = environment.variables() | ({"RASA_TOKEN": token} if token else {})
    os.chdir(environment.folder)
    os.execve(command[0], command, variables)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server was seen to do.

    Args:
        model: its file's name.
        answer_ms: how long it took over a word.
    """

    model: str
    answer_ms: float


def look(url: str, token: str | None) -> Seen:
    """Ask a server for its model and a word.

    Raises:
        RasaError: it does not answer as it should.
    """
    try:
        with httpx2.Client(
            base_url=url, params={"token": token} if token else None, timeout=_LOOK_S, trust_env=False
        ) as http:
            model = str(http.get("/status").raise_for_status().json()["model_file"])
            began_s = time.perf_counter()
            http.post("/model/parse", json={"text": _WORD}).raise_for_status()
            return Seen(model, 1000 * (time.perf_counter() - began_s))
    except httpx2.HTTPStatusError as error:
        raise RasaError(
            f"{url} answered {error.response.status_code}: voicebot rasa serve, and the same token"
        ) from None
    except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
        raise RasaError(f"{url} does not answer as Rasa ({type(error).__name__}): voicebot rasa serve") from None
