"""CTC prefix beam search with a language model and biasing, for all channels in one sweep of arrays.

A hypothesis is a text; the probabilities of all its alignments are added up, those that end in a blank apart from those
that end in its last letter (Hannun et al., 2014). What ranks hypotheses is

    log p(audio | text) + weight × log p(text) + bonus × words + rewards of expected phrases.

A network that is unsure writes a blank rather than a wrong letter, the more so the louder the noise. So blanks count
for less than they claim wherever they are not beyond doubt, and letters that were swallowed get their chance. There,
too, common letters count for less and rare ones for more: how common they are the network has learnt, and the language
model tells it again.

A word is scored by the n-gram model when a space or the utterance ends it. Before that the best that its letters may
come to counts, or, where they begin no known word, the price of an unknown one with those letters.

A frame costs some eighty NumPy calls whether one caller speaks or a hundred. Frames that are blank beyond doubt extend
nothing and cost a few.

No library does this. flashlight-text 0.0.7 streams, and with 32 hypotheses has 86.7 % of words wrong against 86.4 here
(a network after 7 minutes of training) in 26 µs a frame against 110, readings included; but words outside its lexicon
are impossible, what a turn expects cannot be rewarded, and its wheels end at Python 3.12. ctc-beam-decoder 0.2.0 and
pyctcdecode 0.5.0 (NumPy 1 alone) read whole utterances only, sherpa-onnx its own kinds of model only. kaldi-decoder
0.3.2 wants one graph of everything, to be composed anew for what each turn expects.
"""

from dataclasses import dataclass

import numpy as np

from asr.builtin.alphabet import BLANK, SPACE
from asr.builtin.answers import Answers
from asr.builtin.biasing import Bias, BiasPool
from asr.builtin.hypotheses import NEVER, Floats, History, Hypotheses, Ints, grown
from asr.builtin.language_model import LanguageModel
from asr.builtin.lexicon import ROOT
from asr.builtin.ngrams import BEGIN, END, UNKNOWN

_LEADING = 5
_AGREED = 0.5
"""Of the weight of the leading hypotheses: words that fewer hold are not shown yet."""

_OVER_STEPS = 4
"""Without a letter, after which a word is taken as said to its end; nothing else tells «сто» from «сто двадцать»."""

_RARE = 1e-3
"""The share of letters that are rarer than this: what there is to know of them is little."""

_OUT = 2 * NEVER
"""Below every hypothesis, dropped ones included."""


@dataclass(frozen=True, slots=True)
class Search:
    """How wide and by what to search; natural logarithms.

    Args:
        hypotheses: kept for each channel.
        margin: hypotheses this far below the best are dropped.
        letters: most letters tried in a frame.
        letter_floor: log-probability below which a letter is not tried.
        sure_blank: probability of a blank beyond which nothing else is tried.
        blank: taken off the log-probability of every other blank.
        common: share of what being common adds to a letter's log-probability, taken off beside those blanks.
        weight: of the language model.
        bonus: for each word, against the language model's love of few words.
        unknown: added for each word outside the vocabulary.
        ending: weight of the end of the utterance within the language model.
    """

    hypotheses: int = 128
    margin: float = 14.0
    letters: int = 8
    letter_floor: float = -9.0
    sure_blank: float = 0.998
    blank: float = 0.0
    common: float = 0.0
    weight: float = 0.6
    bonus: float = 0.8
    unknown: float = -2.0
    ending: float = 0.5


@dataclass(frozen=True, slots=True)
class Path:
    """One hypothesis of a channel.

    Args:
        symbols: of its text: one space between words, none at its ends.
        score: of the whole, natural logarithm; comparable within the channel.
        acoustic: without language model, bonus and rewards.
    """

    symbols: tuple[int, ...]
    score: float
    acoustic: float


@dataclass(frozen=True, slots=True)
class _Steps:
    """Hypotheses longer by one symbol, flat: ``origin`` is the place among all rows' hypotheses that they grow from."""

    row: Ints
    origin: Ints
    symbol: Ints
    letter: Floats
    prior: Floats
    node: Ints
    spelled: Floats
    letters: Ints
    words: Ints
    answers: Ints
    bias: Ints


class BeamSearch:
    """The search of many channels, each in a row. Not thread-safe.

    Args:
        model: of the language.
        search: how to search.
        rows: most channels at a time.
    """

    def __init__(self, model: LanguageModel, search: Search, rows: int) -> None:
        self._model = model
        self._search = search
        self._now = self._fresh(rows)
        self._history = History(rows)
        self._biases = BiasPool(rows, model.lexicon.child.shape[1])
        self._kinds: list[Answers] = []
        self._kind = np.zeros(rows, np.int64)  # of the answers a row expects, from 1; 0 is none
        self._ahead = model.lexicon.ahead[None]
        self._other = np.zeros(1, np.float32)
        self._scale = np.zeros(rows)
        self._waited = np.zeros(rows, np.int64)  # steps without a letter
        self._silence = np.log(np.float32(search.sure_blank))
        self._discount = _discount(model.lexicon.shares, search)

    def begin(self, row: int, bias: Bias | None = None, answers: Answers | None = None) -> None:
        """Begin an utterance in a row, with phrases and a kind of answers that are expected."""
        self._now.put(np.array([row]), self._fresh(1))
        self._history.clear(row)
        self._biases.use(row, bias)
        self._kind[row] = self._numbered(answers)
        self._scale[row] = 0.0
        self._waited[row] = 0

    def copy(self, row: int, to: int) -> None:
        """Let a row stand where another stands, so that one can go on as the other will not."""
        self._now.put(np.array([to]), self._now.of(np.array([row])))
        self._history.copy(row, to)
        self._biases.copy(row, to)
        self._kind[to] = self._kind[row]
        self._scale[to] = self._scale[row]
        self._waited[to] = self._waited[row]

    def advance(self, rows: Ints, log_probs: Floats) -> None:
        """Take frames of several channels.

        Args:
            rows: ascending, shape (n,).
            log_probs: of symbols, float32, shape (n, frames, symbols).
        """
        log_probs = np.maximum(log_probs, NEVER)
        for at in range(log_probs.shape[1]):
            probs = log_probs[:, at]
            silent = probs[:, BLANK] > self._silence
            if silent.any():
                self._wait(rows[silent], probs[silent])
            if not silent.all():
                self._step(rows[~silent], probs[~silent] - self._discount)

    def paths(self, row: int, limit: int) -> list[Path]:
        """Return a row's best texts, best first, the last word taken as whole and the utterance as over."""
        now = self._now.of(np.array([row]))
        acoustic = np.logaddexp(now.blank, now.letter)[0]
        scores = acoustic + now.prior[0] + self._closing(row, now)
        least = float(scores.max()) - self._search.margin
        found: dict[tuple[int, ...], Path] = {}
        for place in np.argsort(-scores, kind="stable").tolist():
            if scores[place] < least:
                break
            symbols = self._text(row, int(now.history[0, place]))
            score, sound = float(scores[place]), float(acoustic[place] + self._scale[row])
            if (same := found.get(symbols)) is not None:
                score, sound = np.logaddexp(same.score, score).item(), np.logaddexp(same.acoustic, sound).item()
            found[symbols] = Path(symbols, score, sound)
        return sorted(found.values(), key=lambda path: -path.score)[:limit]

    def leading(self, row: int) -> tuple[int, ...]:
        """Return the whole words, in symbols, on which most of a row's weight agrees: what hardly changes any more."""
        scores = np.logaddexp(self._now.blank[row], self._now.letter[row]) + self._now.prior[row]
        best = np.argsort(-scores, kind="stable")[:_LEADING]
        weights = np.exp(scores[best] - scores[best[0]])
        weights /= weights.sum()
        texts = [(*self._text(row, int(self._now.history[row, place])), SPACE) for place in best]
        first = texts[0]
        if self._now.last[row, best[0]] > SPACE and self._waited[row] < _OVER_STEPS:
            first = first[:-1]
        ends = [at for at, symbol in enumerate(first) if symbol == SPACE]
        for end in reversed(ends):
            agree = [text[: end + 1] == first[: end + 1] for text in texts]
            if weights[agree].sum() > _AGREED:
                return first[:end]
        return ()

    def _text(self, row: int, place: int) -> tuple[int, ...]:
        symbols = self._history.trace(row, place)
        return symbols[:-1] if symbols and symbols[-1] == SPACE else symbols

    def _fresh(self, rows: int) -> Hypotheses:
        start = self._model.spelling.start
        return Hypotheses.fresh(rows, self._search.hypotheses, node=ROOT, letters=start, words=BEGIN)

    def _wait(self, rows: Ints, probs: Floats) -> None:
        """Advance without any new symbol."""
        blank, letter, last = self._now.blank[rows], self._now.letter[rows], self._now.last[rows]
        repeated = np.where(last == BLANK, NEVER, np.take_along_axis(probs, last, axis=1))
        total = np.logaddexp(blank, letter)
        self._now.blank[rows], self._now.letter[rows] = total + probs[:, BLANK, None], letter + repeated
        self._waited[rows] += 1
        self._rescale(rows)

    def _step(self, rows: Ints, probs: Floats) -> None:
        now = self._now.of(rows)
        total = np.logaddexp(now.blank, now.letter)
        letters = min(self._search.letters, probs.shape[1] - 1)
        tried = np.argpartition(-probs[:, 1:], letters - 1, axis=1)[:, :letters] + 1
        ahead = self._extended(now, total, tried, np.take_along_axis(probs, tried, axis=1))
        self._remain(now, total, tried, probs, ahead)
        stay = np.logaddexp(now.blank, now.letter) + now.prior
        steps, places = self._steps(rows, now, tried, ahead, stay)

        size, width = stay.shape[1], ahead.shape[1] * ahead.shape[2]
        scores = np.concatenate([stay, np.full((len(rows), width), _OUT)], axis=1)
        scores[steps.row, size + places] = steps.letter + steps.prior
        index = np.zeros((len(rows), width), np.int64)
        index[steps.row, places] = np.arange(len(places))
        best = np.argpartition(-scores, size - 1, axis=1)[:, :size]
        grow_row, grow_at = np.nonzero(best >= size)
        grow = index[grow_row, best[grow_row, grow_at] - size]
        new = now.chosen(np.where(best < size, best, (best - size) // ahead.shape[2]))
        self._grow(rows, now, new, steps, (grow_row, grow_at), grow)
        ranked = np.take_along_axis(scores, best, axis=1)
        dropped = ranked < ranked.max(axis=1, keepdims=True) - self._search.margin
        new.blank[dropped], new.letter[dropped] = NEVER, NEVER
        self._now.put(rows, new)
        self._waited[rows] = 0
        self._rescale(rows)
        for row in self._history.full(rows).tolist():
            self._shorten(row)

    def _extended(self, now: Hypotheses, total: Floats, tried: Ints, probs: Floats) -> Floats:
        """Return the log-probability of each hypothesis with each tried symbol, shape (rows, hypotheses, tried)."""
        last = now.last[:, :, None]
        # The same letter again is a new one only behind a blank.
        base = np.where(last == tried[:, None, :], now.blank[:, :, None], total[:, :, None])
        hopeless = (probs < self._search.letter_floor)[:, None, :]
        idle = ((last == SPACE) | (last == BLANK)) & (tried == SPACE)[:, None, :]
        return np.where(hopeless | idle, _OUT, base + probs[:, None, :])

    def _remain(self, now: Hypotheses, total: Floats, tried: Ints, probs: Floats, ahead: Floats) -> None:
        """Give the hypotheses that stay their new probabilities; take what leads to one of them out of ``ahead``."""
        idle = (now.last == SPACE) | (now.last == BLANK)  # where a further space changes nothing
        wait = np.where(idle, np.logaddexp(probs[:, BLANK], probs[:, SPACE])[:, None], probs[:, BLANK, None])
        again = np.take_along_axis(probs, now.last, axis=1)
        letter = np.where(idle, NEVER, now.letter + again)
        families = np.flatnonzero(now.before[:, :, None] == now.text[:, None, :])
        if len(families):
            row, child, parent = np.unravel_index(families, (*now.text.shape, now.text.shape[1]))
            last = now.last[row, child]
            base = np.where(now.last[row, parent] == last, now.blank[row, parent], total[row, parent])
            letter[row, child] = np.logaddexp(letter[row, child], base + again[row, child])
            same = tried[row] == last[:, None]
            which, place = np.nonzero(same)
            ahead[row[which], parent[which], place] = _OUT
        now.blank, now.letter = total + wait, letter

    def _steps(self, rows: Ints, now: Hypotheses, tried: Ints, ahead: Floats, stay: Floats) -> tuple[_Steps, Ints]:
        """Return the steps worth to be taken, and their places among a row's (hypothesis, tried symbol)."""
        raw = ahead + now.prior[:, :, None]
        least = np.maximum(stay.max(axis=1), raw.max(axis=(1, 2))) - self._search.margin
        row, parent, place = np.nonzero(raw > least[:, None, None])
        origin = row * stay.shape[1] + parent
        symbol = tried[row, place]
        node, spelled = now.node.ravel()[origin], now.spelled.ravel()[origin]
        letters, words = now.letters.ravel()[origin], now.words.ravel()[origin]

        ends = symbol == SPACE
        kind, answers = self._kind[rows][row], now.answers.ravel()[origin]
        gain = -self._pending(kind, node, spelled)
        behind = self._model.lexicon.child[node, symbol].astype(np.int64)
        spelled_behind = spelled + self._model.spelling.log_prob[letters, symbol]
        letters_behind = self._model.spelling.behind(letters, symbol)
        gain += np.where(ends, 0, self._pending(kind, behind, spelled_behind))
        worth, words[ends], answers[ends] = self._word(
            kind[ends], node[ends], spelled_behind[ends], words[ends], answers[ends]
        )
        gain[ends] += worth
        behind[ends], spelled_behind[ends], letters_behind[ends] = ROOT, 0.0, self._model.spelling.start
        bias, reward = self._biases.step(rows[row], now.bias.ravel()[origin], symbol)
        prior = now.prior.ravel()[origin] + gain + reward
        letter = ahead[row, parent, place]
        steps = _Steps(row, origin, symbol, letter, prior, behind, spelled_behind, letters_behind, words, answers, bias)
        return steps, parent * tried.shape[1] + place

    def _grow(
        self, rows: Ints, now: Hypotheses, new: Hypotheses, steps: _Steps, at: tuple[Ints, Ints], chosen: Ints
    ) -> None:
        """Turn the chosen steps into hypotheses."""
        origin, symbol, row = steps.origin[chosen], steps.symbol[chosen], rows[at[0]]
        text = now.text.ravel()[origin]
        new.blank[at], new.letter[at], new.prior[at] = NEVER, steps.letter[chosen], steps.prior[chosen]
        new.before[at], new.text[at], new.last[at] = text, grown(text, symbol), symbol
        new.node[at], new.spelled[at], new.letters[at] = (
            steps.node[chosen],
            steps.spelled[chosen],
            steps.letters[chosen],
        )
        new.words[at], new.answers[at], new.bias[at] = steps.words[chosen], steps.answers[chosen], steps.bias[chosen]
        new.history[at] = self._history.append(row, now.history.ravel()[origin], symbol)

    def _numbered(self, answers: Answers | None) -> int:
        """Return the number of a kind of answers, and keep what the search needs of it; a model has few kinds."""
        if answers is None:
            return 0
        if answers not in self._kinds:
            self._kinds.append(answers)
            self._ahead = np.concatenate([self._ahead, answers.ahead[None]])
            self._other = np.append(self._other, np.float32(answers.other))
        return self._kinds.index(answers) + 1

    def _pending(self, kind: Ints, node: Ints, spelled: Floats) -> Floats:
        """Return what a word's letters so far count for; nothing at its beginning."""
        search, known = self._search, self._ahead[kind, node]
        unknown = self._model.ngrams.log_prob[UNKNOWN] + search.unknown + spelled + self._other[kind]
        return np.float32(search.weight) * np.where(node == ROOT, 0, np.where(node > ROOT, known, unknown))

    def _word(self, kind: Ints, node: Ints, spelled: Floats, words: Ints, answers: Ints) -> tuple[Floats, Ints, Ints]:
        """Return what whole words count for, and the states of both n-gram models behind them."""
        word = self._model.lexicon.word[node].astype(np.int64)
        cost, behind, answered = self._scored(kind, words, answers, word)
        cost = cost + np.where(word == UNKNOWN, self._search.unknown + spelled, 0)
        return np.float32(self._search.weight) * cost + np.float32(self._search.bonus), behind, answered

    def _scored(self, kind: Ints, words: Ints, answers: Ints, word: Ints) -> tuple[Floats, Ints, Ints]:
        """Return the log-probability of words in what each hypothesis expects, and the states behind them."""
        cost, behind = self._model.ngrams.score(words, word)
        answered = answers.copy()
        for number in np.unique(kind[kind > 0]).tolist():
            mine = kind == number
            cost[mine], answered[mine] = self._kinds[number - 1].mixed(cost[mine], answers[mine], word[mine])
        return cost, behind, answered

    def _closing(self, row: int, now: Hypotheses) -> Floats:
        """Return what the end of the utterance is worth to each hypothesis of a row."""
        node, spelled = now.node[0], now.spelled[0]
        words, answers, kind = now.words[0].copy(), now.answers[0].copy(), np.full(len(node), self._kind[row])
        worth = self._biases.closing(row, now.bias[0])
        open_ = np.nonzero(now.last[0] > SPACE)[0]
        ended = spelled[open_] + self._model.spelling.log_prob[now.letters[0, open_], SPACE]
        gain, words[open_], answers[open_] = self._word(kind[open_], node[open_], ended, words[open_], answers[open_])
        worth[open_] += gain - self._pending(kind[open_], node[open_], spelled[open_])
        over, _, _ = self._scored(kind, words, answers, np.full(len(words), END))
        return worth + np.float32(self._search.weight * self._search.ending) * over

    def _shorten(self, row: int) -> None:
        """Forget a row's symbols that lead to no hypothesis."""
        scores = np.maximum(self._now.blank[row], self._now.letter[row])
        ends = np.where(scores > NEVER, self._now.history[row], self._now.history[row, scores.argmax()])
        self._now.history[row] = self._history.shortened(row, ends)

    def _rescale(self, rows: Ints) -> None:
        """Put the likeliest hypothesis at 0, so that single precision suffices for any length."""
        top = np.maximum(self._now.blank[rows], self._now.letter[rows]).max(axis=1)
        self._scale[rows] += top
        self._now.blank[rows] = np.maximum(self._now.blank[rows] - top[:, None], NEVER)
        self._now.letter[rows] = np.maximum(self._now.letter[rows] - top[:, None], NEVER)


def _discount(shares: Floats, search: Search) -> Floats:
    """Return what is taken off each symbol's log-probability, so that letters lose nothing on average."""
    usual = np.log(np.maximum(shares, _RARE))
    discount = np.float32(search.common) * np.where(shares > 0, usual - shares @ usual, 0).astype(np.float32)
    discount[BLANK] = search.blank
    return discount
