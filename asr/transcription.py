"""Transcribes whole recordings with any recogniser, as a stream as in a call, or at once; one transcript a channel."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from asr.decoding import decode_untrusted
from asr.spans import Span, find_speech
from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples
from engine.ports import Recognizer, VoiceActivityDetector
from engine.sealing import Keyring
from engine.speech import Expect, Transcript

Progress: TypeAlias = Callable[[float, float], None]
"""Told the seconds that are done and the seconds of all channels together."""


@runtime_checkable
class RecordingReader(Protocol):
    """A recogniser that reads a whole recording better than utterance by utterance."""

    def read_recording(self, samples: Samples, spans: Sequence[Span]) -> Iterator[Transcript]:
        """Yield transcripts in their order; times in seconds of the recording."""


@dataclass(frozen=True, slots=True)
class ChannelTranscript:
    """What was said in one channel, utterance by utterance, times in seconds of the recording."""

    channel: int
    utterances: tuple[Transcript, ...]

    @property
    def text(self) -> str:
        """All words."""
        return " ".join(utterance.text for utterance in self.utterances)


@dataclass(frozen=True, slots=True)
class FileTranscript:
    """What was said in a recording.

    Args:
        path: of the recording.
        recognizer: name of what read it.
        language: that it understands.
        stream: whether it was read as a call is, in frames of 20 ms.
        duration_s: of the recording.
        took_s: of reading it, decoding included.
        channels: in their order.
    """

    path: Path
    recognizer: str
    language: str
    stream: bool
    duration_s: float
    took_s: float
    channels: tuple[ChannelTranscript, ...]

    @property
    def text(self) -> str:
        """All words, channel after channel."""
        return "\n".join(channel.text for channel in self.channels)

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(
            {
                "file": str(self.path),
                "recogniser": self.recognizer,
                "language": self.language,
                "stream": self.stream,
                "duration_s": round(self.duration_s, 3),
                "took_s": round(self.took_s, 3),
                "channels": [
                    {
                        "channel": channel.channel,
                        "text": channel.text,
                        "utterances": [_utterance(utterance) for utterance in channel.utterances],
                    }
                    for channel in self.channels
                ],
            },
            ensure_ascii=False,
        )


def transcribe(
    path: Path,
    recognizer: Recognizer,
    detector: VoiceActivityDetector,
    *,
    stream: bool = False,
    expect: Expect = Expect.FREE,
    keys: Keyring | None = None,
    progress: Progress = lambda done_s, all_s: None,
) -> FileTranscript:
    """Transcribe a recording.

    Args:
        path: any recording that PyAV can decode, mono or stereo.
        recognizer: to read with.
        detector: finds where speech is.
        stream: whether to give the audio in frames of 20 ms as in a call; else each utterance at once, or the whole
            recording where the recogniser can.
        expect: the kind of answer to expect; each utterance is read as an answer by itself then.
        keys: that open a sealed recording.
        progress: told how far it is.

    Raises:
        AudioError: the file cannot be read; the message names it.
        RecognitionError: the recogniser failed.
    """
    began_s = time.perf_counter()
    audio = decode_untrusted(path, keys=keys)
    duration_s = len(audio) / SAMPLE_RATE_HZ
    all_s = duration_s * audio.shape[1]
    channels = []
    for number in range(audio.shape[1]):
        samples = audio[:, number].copy()
        done_s = number * duration_s
        progress(done_s, all_s)
        spans = find_speech(samples, detector)
        heard = []
        for utterance in read_speech(samples, spans, recognizer, stream=stream, expect=expect):
            progress(min(done_s + utterance.end_s, all_s), all_s)
            if utterance.hypotheses:
                heard.append(utterance)
        channels.append(ChannelTranscript(number, tuple(heard)))
    progress(all_s, all_s)
    return FileTranscript(
        path=path,
        recognizer=recognizer.name,
        language=str(recognizer.language),
        stream=stream,
        duration_s=duration_s,
        took_s=time.perf_counter() - began_s,
        channels=tuple(channels),
    )


def read_speech(
    samples: Samples,
    spans: Sequence[Span],
    recognizer: Recognizer,
    *,
    stream: bool = False,
    expect: Expect = Expect.FREE,
) -> Iterator[Transcript]:
    """Yield what is said in one channel, times in seconds of the recording.

    Args:
        samples: int16, shape (n,), 8 kHz.
        spans: where speech is, in their order.
        recognizer: to read with.
        stream: whether to give the audio in frames of 20 ms as in a call.
        expect: the kind of answer to expect; each utterance is read as an answer by itself then.

    Raises:
        RecognitionError: the recogniser failed.
    """
    if not stream and expect is Expect.FREE and isinstance(recognizer, RecordingReader):
        yield from recognizer.read_recording(samples, spans)
        return
    for span in spans:
        speech = samples[round(span.start_s * SAMPLE_RATE_HZ) : round(span.end_s * SAMPLE_RATE_HZ)]
        step = FRAME_SAMPLES if stream else len(speech)
        utterance = recognizer.open(expect)
        try:
            for begin in range(0, len(speech), step):
                utterance.accept(speech[begin : begin + step])
            yield utterance.result().shifted(span.start_s)
        finally:
            utterance.close()


def _utterance(transcript: Transcript) -> dict[str, Any]:
    return {
        "start_s": round(transcript.start_s, 3),
        "end_s": round(transcript.end_s, 3),
        "hypotheses": [
            {
                "text": hypothesis.text,
                "confidence": round(hypothesis.confidence, 3),
                "words": [
                    {
                        "text": word.text,
                        "start_s": round(word.start_s, 3),
                        "end_s": round(word.end_s, 3),
                        "confidence": round(word.confidence, 3),
                    }
                    for word in hypothesis.words
                ],
            }
            for hypothesis in transcript.hypotheses
        ],
    }
