"""What a publication costs the event loop of a running engine, which has audio to move every 20 ms.

    python benchmarks/publication.py

A loop wakes every 20 ms while another thread loads the version that has come into service, as `voicebot serve` does:
at first nothing is loaded (idle), then a version with other prompts (prompts), then one that teaches an intent of its
own, for which the classifier is trained (intents). How late the loop wakes is told in milliseconds; the medians over
the rounds of each round's median, 99th percentile and most. Writes benchmarks/results/publication.json.
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np

from benchmarks.hardware import hardware
from dialogs.library.actors import Actor, Permission
from dialogs.library.library import Library
from dialogs.library.serving import Serving
from engine.audio import FRAME_S

_HERE = Path(__file__).parent
_NAME = "soft_collection"
_WRITER, _REVIEWER = (Actor(name, frozenset(Permission)) for name in ("writer", "reviewer"))
_INTENT = """
intents:
  of_round_{number}:
    en: {{examples: [my parrot has taken the card, the parrot took it again, ask my parrot about round {number}]}}
    ru: {{examples: [карту утащил попугай, опять попугай утащил, спросите попугая про круг {number}]}}
    kk: {{examples: [картаны тотықұс алып кетті, тағы тотықұс алды, тотықұстан сұраңыз {number}]}}
"""


def publish(library: Library, folder: Path, number: int, *, intent: bool) -> None:
    """Bring a version into service that differs from the one before."""
    file = folder / "scenario.yaml"
    text = file.read_text("utf-8").partition("\n# round")[0]
    file.write_text(f"{text}\n# round {number}\n" + (_INTENT.format(number=number) if intent else ""), "utf-8")
    version = library.submit_folder(_NAME, _WRITER, "", folder)
    library.approve(_NAME, version.number, _REVIEWER)
    library.publish(_NAME, version.number, _WRITER)


async def lateness_ms(work: Callable[[], object]) -> tuple[list[float], float]:
    """Return how late each wake-up was while a thread worked, and how many seconds it worked."""
    late, over = [], asyncio.Event()

    async def wake() -> None:
        due = time.perf_counter()
        while not over.is_set():
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            late.append(1000 * (time.perf_counter() - due))
            due = max(due, time.perf_counter() - FRAME_S)

    waking = asyncio.create_task(wake())
    await asyncio.sleep(0.1)
    late.clear()
    began = time.perf_counter()
    await asyncio.to_thread(work)
    worked_s = time.perf_counter() - began
    over.set()
    await waking
    return late, worked_s


def measure(rounds: int, folder: Path) -> dict[str, dict[str, float]]:
    """Return the figures of each kind of work."""
    source = folder / _NAME
    shutil.copytree(str(files("dialogs") / "scenarios" / _NAME), source)
    common = Path(str(files("dialogs") / "scenarios" / "common"))
    if common.is_dir():
        shutil.copytree(common, folder / "common")
    library = Library(folder / "library")
    publish(library, source, 0, intent=False)
    serving = Serving(Library(folder / "library"), [_NAME])

    gc.collect()
    gc.freeze()  # as `voicebot serve` does once all is loaded

    def renew() -> None:
        if not serving.refresh():
            raise RuntimeError("nothing came into service")

    found = {}
    for kind in ("idle", "prompts", "intents"):
        rows = []
        for number in range(rounds):
            if kind != "idle":
                publish(library, source, 1 + number + rounds * (kind == "intents"), intent=kind == "intents")
                if kind == "intents":
                    _forget_training()
            late, worked_s = asyncio.run(lateness_ms(renew if kind != "idle" else lambda: time.sleep(1.0)))
            rows.append((np.median(late), np.percentile(late, 99), max(late), 1000 * worked_s))
        middle = np.median(np.array(rows), axis=0)
        names = ("late_ms_p50", "late_ms_p99", "late_ms_max", "work_ms")
        found[kind] = {name: round(float(value), 1) for name, value in zip(names, middle, strict=True)}
        print(kind, found[kind], file=sys.stderr)  # noqa: T201
    return found


def _forget_training() -> None:
    """Let go of what this process was taught when it published: a serving engine has not been."""
    from dialogs.understanding.understanding import _load

    _load.cache_clear()


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="publications of each kind (default: 7)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options.rounds, Path(folder))
    result = {
        **found,
        "rounds": options.rounds,
        "hardware": hardware(),
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 1),
    }
    (_HERE / "results" / "publication.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
