"""What matters for the bot, end to end: whole calls of synthesised debtors over real SIP, judged by what was stored.

    python -m benchmarks.debtor_calls                              every story once on a clean line
    python -m benchmarks.debtor_calls --times 3 --languages kk     three draws of each Kazakh story
    python -m benchmarks.debtor_calls --lines clean,20dB,10dB,5dB,1%,3% --speech ../shared/speech --channels 32
    python -m benchmarks.debtor_calls --story "corrects the day" --languages ru --keep /tmp/calls    one call, kept
    python -m benchmarks.debtor_calls --by-text --times 10         the stories without audio, in seconds
    python -m benchmarks.debtor_calls --show                       the table of what was measured last

Each debtor has a story that is known before: who answers, what is promised or wanted, how the call must end. Sums,
days, times and voice are drawn by --seed. An engine as `voicebot` runs it calls them; debtors are in processes with SIP
stacks of their own, wait until the bot has been silent for a second, and answer the question that the dialog has open,
also a wrong read-back. One process serves each of --lines: clean; 20dB, with the noise of a room in and between words,
so far below them; 3%, with so many of the debtor's RTP packets never sent. English, which another recogniser hears, is
spoken on the first of them alone.

Intents, sums and days are compared with what the dialog takes from the text of the same line at the same point of the
call, so they measure hearing; "by text alone" is the share of stories that end right when they are typed. An end is
right where disposition, promise (sum, day, confirmed) and callback are stored as the story has them.

With --speech the answers of voices that the recogniser never heard (Russian: irina) or with texts that it never heard
(Kazakh) are played as single answers to the question after the debt. Those calls have no end to be right. The voices
of the stories, Festival and espeak-ng, are among those that the network was trained with from version 3 on.

A story takes 20 to 80 seconds of call, so N stories on C channels take about N x 60 / C seconds. Latencies are only
worth reading on a machine that does nothing else. The result is benchmarks/results/debtor_calls.json; --story alone
writes none.
"""

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from asr.catalogue import find_recognizer
from benchmarks.debtor_calls.holding import Exchange, Job, benchmark_settings, hold
from benchmarks.debtor_calls.line import Condition
from benchmarks.debtor_calls.report import minutes, summary, table
from benchmarks.debtor_calls.scoring import CallScore
from benchmarks.debtor_calls.speech import CORPORA, Answers, Voices
from benchmarks.debtor_calls.stories import STORIES, Story, Tongue, draw, load_stories
from benchmarks.debtor_calls.talks import told_by_text
from benchmarks.word_errors import RESULTS, keep
from config import settings
from config.demo.stage import SCENARIO
from config.settings import Settings
from dialogs.loader import load_scenario
from dialogs.scenario import Scenario
from engine.errors import ModelMissing, VoicebotError
from engine.speech import Language

_NAME = "debtor_calls"
_BUILT_IN = "voicebot-ru-kk"
_LINE_EVERY_CALLS = 10


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.debtor_calls",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--languages", default="ru,kk,en", help="of the stories, with commas (ru,kk,en)")
    parser.add_argument("--lines", default="clean", help="kinds of line, with commas: clean, 10dB, 3%% (clean)")
    parser.add_argument("--times", type=int, default=1, help="draws of each story on each line (1)")
    parser.add_argument("--channels", type=int, default=16, help="calls at once (16)")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn (0)")
    parser.add_argument("--stories", type=Path, default=STORIES, metavar="YAML", help="the stories (those beside this)")
    parser.add_argument("--story", action="append", metavar="NAME", help="this one alone; may be repeated (all)")
    parser.add_argument("--scenario", default=SCENARIO, help=f"name of a shipped one, or a path ({SCENARIO})")
    parser.add_argument(
        "--recogniser", default=_BUILT_IN, help=f"for ru and kk, by name; any: as the settings say ({_BUILT_IN})"
    )
    parser.add_argument("--speech", type=Path, metavar="FOLDER", help="corpora with recorded answers (none are played)")
    parser.add_argument("--answers", type=int, default=40, help="recorded answers of a language (40)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep recordings and calls.json there (nowhere)")
    parser.add_argument("--by-text", action="store_true", help="only tell the stories by text; places no calls")
    parser.add_argument("--show", action="store_true", help="measure nothing, show the last result")
    chosen = parser.parse_args()
    try:
        chosen.lines = [Condition.of(name) for name in chosen.lines.split(",")]
        chosen.languages = [Language(name) for name in chosen.languages.split(",")]
    except ValueError as error:
        parser.error(str(error))
    if chosen.channels < 1 or chosen.times < 1:
        parser.error("--channels and --times: 1 or more")
    return chosen


def told(chosen: argparse.Namespace, tongues: Mapping[Language, Tongue]) -> list[Story]:
    """Return the stories as drawn."""
    return [
        draw(tongues[language], language, name, chosen.seed + number)
        for number in range(chosen.times)
        for language in chosen.languages
        for name in tongues[language].stories
        if not chosen.story or name in chosen.story
    ]


def recorded(
    chosen: argparse.Namespace, tongues: Mapping[Language, Tongue], scenario: Scenario, voices: Voices
) -> list[Story]:
    """Return the stories of recorded answers, their audio given to the voices."""
    found = []
    for language in [one for one in chosen.languages if one in CORPORA] if chosen.speech else []:
        answers = Answers(chosen.speech, language, scenario)
        drawn = answers.draw(chosen.answers, chosen.seed)
        for one in (*answers.identifying(), *drawn):
            voices.keep(one.voice, one.text, one.samples)
        found += [answers.story(tongues[language], one, number) for number, one in enumerate(drawn)]
    return found


def measure(chosen: argparse.Namespace, folder: Path, console: Console) -> None:
    """Hold the calls, write and show what came of them."""
    tongues, scenario = load_stories(chosen.stories), load_scenario(chosen.scenario)
    stories = told(chosen, tongues)
    with console.status("telling the stories by text"):
        typed = {id(story): told_by_text(story, scenario) for story in stories}
    for story in stories:
        if not typed[id(story)].fulfilled:
            console.print(f"[yellow]by text alone the story {story.name!r} ({story.language}) ends otherwise")
    if chosen.by_text:
        console.print(f"{sum(one.fulfilled for one in typed.values())} of {len(stories)} stories end right by text")
        return
    name = None if chosen.recogniser == "any" else chosen.recogniser
    with_channels = benchmark_settings(settings.load(), folder, chosen.channels, name)
    recognisers = _recognisers(with_channels, chosen.languages)
    voices = Voices(folder / "lines", with_channels.models_dir)
    try:
        with console.status("preparing the debtors' voices"):
            for story in stories:
                voices.load(story.voice, story.language)
            answers = recorded(chosen, tongues, scenario, voices)
        jobs = [
            Job(story, line, False, typed[id(story)].fulfilled)
            for line in chosen.lines
            for story in stories
            if line is chosen.lines[0] or story.language in CORPORA
        ]
        jobs += [Job(story, line, True, True) for line in chosen.lines for story in answers]
        random.Random(chosen.seed).shuffle(jobs)
        began_s = time.monotonic()
        with _Bar(console, len(jobs)) as bar:
            exchange = Exchange(scenario, voices)
            scores = asyncio.run(hold(with_channels, jobs, exchange, bar.tell, Console(stderr=True)))
    finally:
        voices.close()
    found = summary(scores, chosen.lines[0].name)
    facts = {
        "scenario": scenario.name,
        "recognisers": recognisers,
        "channels": chosen.channels,
        "took_s": round(time.monotonic() - began_s),
    }
    if not chosen.story:
        keep(_NAME, "benchmarks.debtor_calls", {**facts, **found})
    if chosen.keep is not None:
        (folder / "calls.json").write_text(json.dumps(minutes(scores), indent=1, ensure_ascii=False), "utf-8")
    console.print(table(found))


def _recognisers(chosen: Settings, languages: Sequence[Language]) -> dict[str, str]:
    """Return the recogniser of each language by name.

    Raises:
        ModelMissing: a language has none; its calls could only fail.
    """
    found = {one: find_recognizer(one, chosen.recognisers[one], chosen.models_dir) for one in languages}
    for language, listing in found.items():
        if listing is None:
            raise ModelMissing(
                f"no recogniser for {language}: see `voicebot models list`, or leave it out of --languages"
            )
    return {language.value: listing.model.name for language, listing in found.items() if listing is not None}


class _Bar:
    """Shows how far the calls are, and how many ended right: a line every so many calls where nobody watches."""

    def __init__(self, console: Console, calls: int) -> None:
        self._console, self._calls, self._over = console, calls, 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console)
        self._task = self._progress.add_task("calls", total=calls)
        self._right = self._told = 0

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, call: CallScore) -> None:
        """Count a call."""
        self._told += not call.recorded
        self._right += call.fulfilled and not call.recorded
        self._over += 1
        right = f"calls, {self._right} of {self._told} ended right"
        self._progress.update(self._task, advance=1, description=right)
        if not self._console.is_terminal and self._over % _LINE_EVERY_CALLS == 0:
            self._console.print(f"{self._over} of {self._calls} {right}")


def main() -> int:
    """Measure or show; return the exit code."""
    chosen, console = arguments(), Console(width=None if sys.stdout.isatty() else 160)
    logging.basicConfig(level=logging.ERROR)
    try:
        if chosen.show:
            last = json.loads((RESULTS / f"{_NAME}.json").read_text("utf-8"))
            console.print(table({name: part for name, part in last.items() if _is_section(part)}))
        elif chosen.keep is not None:
            measure(chosen, chosen.keep, console)
        else:
            with tempfile.TemporaryDirectory(prefix="calls-") as folder:
                measure(chosen, Path(folder), console)
    except VoicebotError as error:
        console.print(f"cannot measure: {error}", style="red", markup=False)
        return 1
    return 0


def _is_section(part: object) -> bool:
    return isinstance(part, dict) and all(isinstance(group, dict) and "calls" in group for group in part.values())


if __name__ == "__main__":
    sys.exit(main())
