"""Builds the language models: ``python -m asr.training.language_model.build --help``.

Texts of several kinds are mixed, each smoothed by itself: what callers and bot say, spoken facts, the scripts of the
synthetic speech, language at large (fortunes, what people read for the corpora), translations of games, and frequencies
of single words.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

import click
import numpy as np

from asr.builtin.language_model import save
from asr.builtin.ngrams import BEGIN, END, UNKNOWN, NGrams
from asr.training.command import run
from asr.training.corpora import ALPHABETS
from asr.training.language_model import answers, texts
from asr.training.language_model.kneser_ney import Source, estimate
from asr.training.language_model.texts import Sentence
from engine.errors import ConfigurationError
from engine.speech import Expect, Language

ORDER = 4
SPELLING_ORDER = 4
FACTS = 6000
SEED = 20
WEIGHTS = {"callers": 0.35, "facts": 0.1, "scripts": 0.25, "general": 0.2, "translations": 0.3}
"""Of those that there are; scaled to a sum of 1."""
FREQUENCY_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Collected:
    """A language's texts.

    Args:
        callers: and the bot, written by hand for the domain.
        facts: sums, days, digits, with what they answer.
        scripts: of synthetic speech.
        general: language at large.
        translations: of games, which tell stories.
        tests: never learned from.
    """

    callers: list[Sentence]
    facts: list[tuple[Expect, Sentence]]
    scripts: list[Sentence]
    general: list[Sentence]
    translations: list[Sentence]
    tests: frozenset[Sentence]

    def sources(self) -> dict[str, list[Sentence]]:
        """Return the texts by the names of `WEIGHTS`."""
        facts = [line for _, line in self.facts]
        return {
            "callers": self.callers,
            "facts": facts,
            "scripts": self.scripts,
            "general": self.general,
            "translations": self.translations,
        }


def collect(language: Language, speech: Path, books: Iterable[Path], translated: Iterable[Sentence] = ()) -> Collected:
    """Collect a language's texts.

    Args:
        language: of them.
        speech: folder of the corpora of speech.
        books: plain texts of the language at large.
        translated: sentences of games.

    Raises:
        ConfigurationError: there is no manifest of the language, or no text of a test in any.
    """
    manifests = texts.manifests(speech, language)
    spoken_in_tests = texts.tested(manifests)
    if not spoken_in_tests:
        raise ConfigurationError(f"{speech}: no {language} corpus speaks in tests, by which a model is measured")
    read = [line for path in manifests for line in texts.manifest(path) if "synth" not in path.parent.name]
    scripts = [line for path in manifests for line in texts.manifest(path) if "synth" in path.parent.name]
    facts = [
        (kind, texts.folded(line))
        for kind, fact in texts.facts(language, FACTS, SEED)
        for line in texts.untested([fact], spoken_in_tests)
    ]
    domain, read_out, large, told = (
        [texts.folded(line) for line in texts.untested(kind, spoken_in_tests)]
        for kind in (
            [*texts.callers(language), *texts.prompts(language), *texts.conversations(language)],
            scripts,
            [*texts.plain(books), *read],
            translated,
        )
    )
    return Collected(domain, facts, read_out, large, told, spoken_in_tests)


def vocabulary(collected: Collected, letters: str, frequencies: dict[str, float], common: int) -> list[str]:
    """Return the words of the model: of the domain and general text what is vouched for, and the commonest of all.

    What was written for the domain vouches for itself; scripts by two occurrences, or one and a frequency. Callers mix
    languages: words with letters that the network does not write in this one are left out.
    """
    scripts = Counter(word for line in collected.scripts for word in line)
    large = Counter(word for line in collected.general for word in line)
    facts = [line for _, line in collected.facts]
    kept = {word for line in (*collected.callers, *facts) for word in line}
    kept |= {word for word, count in scripts.items() if count > 1 or word in frequencies}
    kept |= {word for word, count in large.items() if count > 2 or (count > 1 and word in frequencies)}
    kept |= set(list(frequencies)[:common])
    return sorted(word for word in kept if set(word) <= set(letters))


def perplexity(model: NGrams, lines: Sequence[Sentence]) -> tuple[float, float]:
    """Return the perplexity a word, ends of utterances counted, and the share of words outside the vocabulary."""
    numbers = {word: number for number, word in enumerate(model.words)}
    spoken = [[*(numbers.get(word, UNKNOWN) for word in line), END] for line in lines]
    states = np.full(len(lines), BEGIN)
    total = 0.0
    for at in range(max(map(len, spoken))):
        on = np.array([row for row, line in enumerate(spoken) if len(line) > at])
        costs, states[on] = model.score(states[on], np.array([spoken[row][at] for row in on]))
        total += float(costs.sum())
    count = sum(map(len, spoken))
    unknown = sum(number == UNKNOWN for line in spoken for number in line)
    return exp(-total / count), unknown / (count - len(lines))


def build(
    collected: Collected, alphabet: str, frequencies: dict[str, float], most_common: int
) -> tuple[NGrams, NGrams]:
    """Estimate the model of words and the model of letters."""
    words = vocabulary(collected, alphabet, frequencies, most_common)
    single = np.array([frequencies.get(word, 0.0) for word in words])
    lines = collected.sources()
    # What games alone say, and once, would double the model for little.
    sources = [Source(lines[kind], WEIGHTS[kind], kind == "translations") for kind in WEIGHTS if lines[kind]]
    common = single if frequencies else None
    model = estimate(words, sources, ORDER, frequencies=common, frequency_weight=FREQUENCY_WEIGHT)
    letters = sorted({letter for word in words for letter in word})
    # Each word once: the spelling is for the words that are rare.
    spelling = estimate(letters, [Source([tuple(word) for word in words], 1.0)], SPELLING_ORDER)
    return model, spelling


def word_frequencies(path: Path | None) -> dict[str, float]:
    """Read a list of words with their frequencies, the commonest first: a word, a tab and a number a line."""
    found: dict[str, float] = {}
    if path is not None:
        for line in path.read_text(encoding="utf-8").splitlines():
            word, _, share = line.partition("\t")
            if texts.sentence(word) == (word,):
                (plain,) = texts.folded((word,))
                found[plain] = found.get(plain, 0.0) + float(share)
    return found


@click.command()
@click.argument("language", type=click.Choice(["ru", "kk"]))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--speech", type=click.Path(path_type=Path, exists=True), required=True, help="Folder of the corpora.")
@click.option("--books", type=click.Path(path_type=Path, exists=True), help="Folder of plain texts.")
@click.option("--translations", type=click.Path(path_type=Path, exists=True), help="Folder with *.mo anywhere below.")
@click.option("--frequencies", type=click.Path(path_type=Path, exists=True), help="Words and their frequencies.")
@click.option(
    "--common", type=click.IntRange(min=0), default=400_000, show_default=True, help="Words taken from the frequencies."
)
def main(
    language: str,
    target: Path,
    speech: Path,
    books: Path | None,
    translations: Path | None,
    frequencies: Path | None,
    common: int,
) -> None:
    """Build the language model of LANGUAGE and write it to TARGET."""
    told = texts.translations(translations) if translations else ()
    collected = collect(Language(language), speech, texts.books(books) if books else [], told)
    model, spelling = build(collected, ALPHABETS[language], word_frequencies(frequencies), common)
    replies = answers.models(Language(language), model.words, collected.facts, collected.scripts, collected.tests)
    measured, outside = perplexity(model, sorted(collected.tests))
    save(target, model, spelling, replies)
    click.echo(", ".join(f"{len(lines)} lines of {kind}" for kind, lines in collected.sources().items()))
    click.echo(", ".join(f"{len(one.words)} words of {kind}" for kind, one in replies.items()))
    click.echo(f"{len(model.words)} words, {len(model.keys)} longer n-grams, {target.stat().st_size / 1e6:.2f} MB")
    click.echo(f"tests: perplexity {measured:.0f} a word, {outside:.1%} outside the vocabulary")


if __name__ == "__main__":
    run(main)
