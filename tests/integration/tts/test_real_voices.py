"""The real engines, heard by measurement."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from engine.audio import AudioClip
from engine.dialog import Line
from engine.errors import ModelMissing, SynthesisError
from engine.speech import Language
from tts.cache import PromptCache
from tts.conditioning import SPEECH_LEVEL_DBFS, speech_level_dbfs
from tts.espeak_synthesizer import EspeakSynthesizer
from tts.festival_synthesizer import FestivalSynthesizer
from tts.prompter import PromptStudio
from tts.telephone_voice import TelephoneVoice
from tts.voices import load_synthesizer, load_synthesizers

pytestmark = pytest.mark.models

Load = Callable[[str], TelephoneVoice]

_LINE = {
    Language.RUSSIAN: "Скажите, пожалуйста, когда вы сможете внести пятнадцать тысяч тенге?",
    Language.KAZAKH: "Айтыңызшы, он бес мың теңгені қашан төлей аласыз?",
    Language.ENGLISH: "Please tell me, when can you pay fifteen thousand tenge?",
}
_WORD = {Language.RUSSIAN: "Алло", Language.KAZAKH: "Алло", Language.ENGLISH: "Hello"}


def _loudness(clip: AudioClip) -> np.ndarray:
    """RMS of each 10 ms."""
    frames = clip.samples[: len(clip.samples) // 80 * 80].reshape(-1, 80).astype(float)
    return np.sqrt((frames**2).mean(axis=1))


def test_a_line_has_a_plausible_length(voice: TelephoneVoice) -> None:
    """A question of nine to ten words takes three to seven seconds, a word less than one."""
    assert 2.5 < voice.synthesize(_LINE[voice.language]).duration_s < 7
    assert 0.25 < voice.synthesize(_WORD[voice.language]).duration_s < 1


def test_speech_starts_at_once_and_ends_soon(voice: TelephoneVoice) -> None:
    """No latency is paid in silence: sound within 30 ms of the start, and until 150 ms before the end."""
    clip = voice.synthesize(_WORD[voice.language])
    loud = _loudness(clip)
    sounding = np.flatnonzero(loud > loud.max() * 10 ** (-45 / 20))
    assert sounding[0] <= 3
    assert len(loud) - sounding[-1] <= 15


def test_every_voice_is_equally_loud(voice: TelephoneVoice) -> None:
    """The caller hears no step when another voice stands in."""
    samples = (voice.synthesize(_LINE[voice.language]).samples / 32768).astype(np.float32)
    assert speech_level_dbfs(samples, 8000) == pytest.approx(SPEECH_LEVEL_DBFS, abs=3)
    assert np.abs(samples).max() < 0.9


def test_there_is_nothing_where_the_low_pass_ends(voice: TelephoneVoice) -> None:
    """At the upper edge, where what was not filtered would fold back, there is 40 dB less than in the voice's band."""
    samples = voice.synthesize(_LINE[voice.language]).samples.astype(float)
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / 8000)
    band = power[(hertz > 300) & (hertz < 3400)].mean()
    assert 10 * np.log10(power[hertz > 3960].mean() / band) < -40


@pytest.mark.parametrize(
    "wrapped",
    [
        "-{}",
        "--help {}",
        "<prosody rate='x-slow'>{}</prosody>",
        "<break time='30s'/>{}",
        "[[{}]]",
        '"{}"',
        "({})",
        '"))(quit)(("{}',
        "\\{}\\",
        "{}; rm -rf /",
        "$({})",
        "`{}`",
        "&lt;{}&gt;",
        "{}\n\n.",
        "a;b.c,d!{}",
    ],
)
def test_markup_is_spoken_as_text_or_not_at_all(voice: TelephoneVoice, wrapped: str) -> None:
    """What another program would obey changes nothing but the words said: options, SSML, phonemes, Scheme."""
    word = _WORD[voice.language]
    plain_s = voice.synthesize(word).duration_s
    clip = voice.synthesize(wrapped.format(word))
    assert plain_s - 0.2 < clip.duration_s < plain_s + 5
    assert voice.synthesize(word).duration_s == pytest.approx(plain_s, abs=0.2)


@pytest.mark.parametrize("text", ["", "   ", "...", "<>", "()", "—"])
def test_an_empty_text_is_an_error(voice: TelephoneVoice, text: str) -> None:
    """Nothing to say is told instead of a silent clip."""
    with pytest.raises(SynthesisError):
        voice.synthesize(text)


def test_a_voice_bears_several_threads(voice: TelephoneVoice) -> None:
    """Texts spoken at once come out whole, none mixed up with another."""
    short, long = _WORD[voice.language], _LINE[voice.language]
    with ThreadPoolExecutor(4) as pool:
        clips = list(pool.map(voice.synthesize, [short, long] * 4))
    assert all(clip.duration_s < 1 for clip in clips[::2])
    assert all(clip.duration_s > 2.5 for clip in clips[1::2])


def test_voices_are_told_apart_by_fingerprint(load: Load) -> None:
    """Engine, voice and parameters all make another fingerprint; the same ones the same."""
    plain = EspeakSynthesizer(Language.RUSSIAN)
    others = [
        EspeakSynthesizer(Language.RUSSIAN, words_a_minute=170),
        EspeakSynthesizer(Language.RUSSIAN, pitch=60),
        EspeakSynthesizer(Language.RUSSIAN, "ru+f2"),
        load("espeak:kk"),
        load("festival:msu_ru_nsh_clunits"),
        load("piper:en_US-joe-medium"),
    ]
    assert len({voice.fingerprint for voice in [plain, *others]}) == 7
    assert EspeakSynthesizer(Language.RUSSIAN).fingerprint == plain.fingerprint


def test_rate_makes_speech_shorter() -> None:
    """A faster voice needs less time for the same line."""
    slow, fast = (EspeakSynthesizer(Language.KAZAKH, words_a_minute=rate) for rate in (120, 200))
    line = _LINE[Language.KAZAKH]
    assert fast.synthesize(line).duration_s < 0.8 * slow.synthesize(line).duration_s


def test_an_unknown_espeak_voice_is_missing() -> None:
    """A name that espeak does not know is told when the voice is loaded."""
    with pytest.raises(ModelMissing, match="espeak-ng --voices"):
        EspeakSynthesizer(Language.RUSSIAN, "xx")


def test_festival_comes_back_after_its_process_died() -> None:
    """A text that the dead process could not speak is an error, the next one is spoken by a new process."""
    voice = FestivalSynthesizer()
    try:
        assert voice._process is not None
        voice._process._process.kill()
        with pytest.raises(SynthesisError, match="ended with code"):
            voice.synthesize("Алло")
        assert voice.synthesize("Алло").duration_s > 0.25
    finally:
        voice.close()


def test_festival_stumbles_without_delay(load: Load, tmp_path: Path) -> None:
    """A text that its letter rules cannot read is told at once instead of waited out, and the process goes on."""
    voice = load("festival:msu_ru_nsh_clunits")
    assert isinstance(voice, FestivalSynthesizer)
    assert voice._process is not None
    with pytest.raises(SynthesisError, match="stumbled"):
        voice._process.speak("а;б", tmp_path / "a.wav")
    assert len(voice._process.speak("а б", tmp_path / "a.wav")[0]) > 1000


def test_festival_reads_kazakh_names_in_a_russian_sentence(load: Load) -> None:
    """Letters that Russian lacks are spoken as the nearest ones, not skipped."""
    voice = load("festival:msu_ru_nsh_clunits")
    assert voice.synthesize("Қасым Әбілқасымұлы").duration_s > 1.2
    with pytest.raises(SynthesisError, match="no letter that this voice reads"):
        voice.synthesize("你好")


def test_piper_keeps_texts_out_of_the_log(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    """Even with everything logged, no word that was spoken is in it."""
    with caplog.at_level(logging.DEBUG):
        load("piper:en_US-joe-medium").synthesize("Alexander owes money")
    assert "Alexander" not in caplog.text


@pytest.mark.parametrize(
    ("language", "engines"),
    [
        (Language.RUSSIAN, ("festival", "espeak")),
        (Language.KAZAKH, ("espeak",)),
        (Language.ENGLISH, ("piper", "espeak")),
    ],
)
def test_the_best_voice_is_chosen_and_the_next_stands_by(
    tmp_path: Path, language: Language, engines: tuple[str, ...]
) -> None:
    """Without preferences each language gets its best engine first."""
    voices = load_synthesizers(language, (), tmp_path)
    for voice in voices:
        voice.close()
    assert tuple(voice.name.partition(":")[0] for voice in voices) == engines


def test_a_preference_that_is_missing_gives_way_to_the_next(tmp_path: Path) -> None:
    """Settings may name a voice that is not everywhere, and one that is."""
    voice = load_synthesizer(Language.RUSSIAN, ("piper:ru_RU-none-high", "espeak:ru+f2"), tmp_path)
    assert voice.name == "espeak:ru+f2"


def test_a_real_prompt_is_the_same_from_cache(load: Load, tmp_path: Path) -> None:
    """Piper speaks a text anew each time; from the cache it is byte for byte what was rendered, also after damage."""

    async def test() -> None:
        cache = PromptCache(tmp_path / "prompts")
        voice = load("piper:en_US-joe-medium")
        line = Line(_LINE[Language.ENGLISH], Language.ENGLISH, "ask", fixed=True)
        studios = [PromptStudio({Language.ENGLISH: (voice,)}, cache) for _ in range(4)]
        first = await studios[0].clip(line)
        assert (await studios[1].clip(line)).samples.tobytes() == first.samples.tobytes()
        (file,) = (tmp_path / "prompts").iterdir()
        file.write_bytes(file.read_bytes()[:-100])
        again = await studios[2].clip(line)
        assert again.duration_s > 2.5
        assert studios[2].stats.misses == 1
        assert (await studios[3].clip(line)).samples.tobytes() == again.samples.tobytes()
        for studio in studios:
            studio.close()

    asyncio.run(test())
