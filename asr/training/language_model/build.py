"""Builds the language models: ``python -m asr.training.language_model.build --help``.

Three kinds of text are mixed: what callers say (lessons, scenario tests, spoken facts, the scripts of the synthetic
speech), language at large (fortunes, what people read for the corpora), and frequencies of single words.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

import click
import numpy as np

from asr.builtin.language_model import save
from asr.builtin.ngrams import NGrams
from asr.training.corpora import ALPHABETS
from asr.training.language_model import texts
from asr.training.language_model.kneser_ney import Source, estimate
from asr.training.language_model.texts import Sentence
from engine.speech import Language

ORDER = 3
SPELLING_ORDER = 4
FACTS = 6000
SEED = 20


@dataclass(frozen=True, slots=True)
class Collected:
    """A language's texts.

    Args:
        callers: and operators: the domain.
        general: language at large.
        tests: never learned from.
    """

    callers: list[Sentence]
    general: list[Sentence]
    tests: list[Sentence]


def collect(language: Language, speech: Path, books: Iterable[Path]) -> Collected:
    """Collect a language's texts.

    Args:
        language: of them.
        speech: folder of the corpora of speech.
        books: plain texts of the language at large.
    """
    manifests = [path for path in sorted(speech.glob("*/manifest.jsonl")) if path.parent.name[:2] == language]
    spoken_in_tests = texts.tested(tuple(manifests))
    domain = [*texts.callers(language), *texts.prompts(language), *texts.facts(language, FACTS, SEED)]
    read = [line for path in manifests for line in texts.manifest(path) if "synth" not in path.parent.name]
    scripts = [line for path in manifests for line in texts.manifest(path) if "synth" in path.parent.name]
    large = [*texts.plain(books), *read]
    return Collected(
        [texts.folded(line) for line in texts.untested([*domain, *scripts], spoken_in_tests)],
        [texts.folded(line) for line in texts.untested(large, spoken_in_tests)],
        sorted(spoken_in_tests),
    )


def vocabulary(collected: Collected, letters: str, frequencies: dict[str, float], common: int) -> list[str]:
    """Return the words of the model: of the domain and general text what is vouched for, and the commonest of all.

    A word counts as vouched for that comes twice, or comes once and has a frequency. Callers mix languages: words with
    letters that the network does not write in this one are left out.
    """
    own = Counter(word for line in collected.callers for word in line)
    large = Counter(word for line in collected.general for word in line)
    kept = {word for word, count in own.items() if count > 1 or word in frequencies}
    kept |= {word for word, count in large.items() if count > 2 or (count > 1 and word in frequencies)}
    kept |= set(list(frequencies)[:common])
    return sorted(word for word in kept if set(word) <= set(letters))


def perplexity(model: NGrams, lines: Sequence[Sentence]) -> tuple[float, float]:
    """Return the perplexity a word, ends of utterances counted, and the share of words outside the vocabulary."""
    known = set(model.words)
    count = sum(len(line) for line in lines)
    unknown = sum(word not in known for line in lines for word in line)
    total = sum(model.log_likelihood(list(line)) for line in lines)
    return exp(-total / (count + len(lines))), unknown / count


def build(collected: Collected, alphabet: str, frequencies: dict[str, float], common: int) -> tuple[NGrams, NGrams]:
    """Estimate the model of words and the model of letters."""
    words = vocabulary(collected, alphabet, frequencies, common)
    single = np.array([frequencies.get(word, 0.0) for word in words])
    sources = [Source(collected.callers, 0.6), Source(collected.general, 0.25)]
    sources = [source for source in sources if source.sentences]
    model = estimate(words, sources, ORDER, frequencies=single if frequencies else None, frequency_weight=0.15)
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
@click.option("--frequencies", type=click.Path(path_type=Path, exists=True), help="Words and their frequencies.")
@click.option("--common", type=int, default=60_000, show_default=True, help="Words taken from the frequencies.")
def main(language: str, target: Path, speech: Path, books: Path | None, frequencies: Path | None, common: int) -> None:
    """Build the language model of LANGUAGE and write it to TARGET."""
    collected = collect(Language(language), speech, texts.books(books) if books else [])
    model, spelling = build(collected, ALPHABETS[language], word_frequencies(frequencies), common)
    save(target, model, spelling)
    click.echo(f"{len(collected.callers)} lines of callers, {len(collected.general)} of the language at large")
    click.echo(f"{len(model.words)} words, {len(model.keys)} longer n-grams, {target.stat().st_size / 1e6:.2f} MB")
    measured, outside = perplexity(model, collected.tests)
    click.echo(f"tests: perplexity {measured:.0f} a word, {outside:.1%} outside the vocabulary")


if __name__ == "__main__":
    main()
