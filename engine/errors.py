"""The error tree of the whole product; every folder hangs its branch here.

VoicebotError
├── ConfigurationError      a setting or file is wrong; the message names it and the mend
│   ├── SettingsError       settings file or environment
│   ├── ScenarioError       scenario YAML (raised in dialogs)
│   └── PackError           YAML pack of analytics: categories, scorecards, violations
├── ModelMissing            a model or voice is not installed; the message says what to put where
├── AudioError              audio cannot be read or has the wrong shape
├── IntakeError             what analytics is given cannot be read; the message names file, line, column and the mend
├── RecognitionError        a recogniser failed on good audio
├── SynthesisError          a synthesizer failed on good text
├── TelephonyError          SIP, RTP, rings, the media worker
│   ├── DialRefused         our own rules forbid this call; nothing was sent
│   ├── NoFreeChannel       every channel is in use (retryable)
│   └── WorkerGone          the media worker died or never came up (retryable)
├── RasaError               Rasa's environment, training or server, beside the engine; no call depends on it
├── LibraryError            the library of scenario versions (raised in dialogs)
│   ├── StepRefused         whoever asks may not do this, or it is not the time for it
│   └── EditConflict        somebody else has changed it since it was read
├── LedgerBroken            the ledger of deletions was changed, or cannot be read
├── SealBroken              what is sealed at rest was changed, or is no sealed file
│   ├── KeyMissing          it was sealed with a key that was not given
│   └── TornFile            it ends early; what is before its end is sound
└── StoreError              the database or the disk behind it
    └── StoreFull           no room is left; calls go on, new ones are refused (retryable)
"""

from typing import ClassVar


class VoicebotError(Exception):
    """Base of every error that the product raises on purpose."""

    retryable: ClassVar[bool] = False
    """Whether the same request may succeed later without a change of input."""


class ConfigurationError(VoicebotError):
    """A setting or a configuration file is wrong."""


class SettingsError(ConfigurationError):
    """The settings file or a VOICEBOT_ environment variable is wrong."""


class ScenarioError(ConfigurationError):
    """A scenario file is wrong; the message names file, line, column and the mend."""


class PackError(ConfigurationError):
    """A pack of analytics is wrong; the message names file, line, column and the mend."""


class ModelMissing(VoicebotError):
    """A model or voice that was asked for is not on this machine."""


class AudioError(VoicebotError):
    """Audio that cannot be read, or that has a shape we do not take."""


class EmptyRecording(AudioError):
    """A recording without a sample, as of a call that nobody answered."""


class IntakeError(VoicebotError):
    """What analytics is given, contacts or facts about recordings, cannot be read."""


class RecognitionError(VoicebotError):
    """A recogniser failed."""


class SynthesisError(VoicebotError):
    """A synthesizer failed."""


class DirectoryError(VoicebotError):
    """Whose account a number is could not be found out: the directory failed, or took too long."""


class TelephonyError(VoicebotError):
    """SIP, RTP, the rings or the media worker failed."""


class DialRefused(TelephonyError):
    """Our own rules forbid the call; no packet was sent."""


class NoFreeChannel(TelephonyError):
    """Every channel is in use."""

    retryable = True


class ReferRefused(TelephonyError):
    """The far end takes no REFER; whoever it was to be referred to knows nothing of it."""


class WorkerGone(TelephonyError):
    """The media worker died or could not be started."""

    retryable = True


class RasaError(VoicebotError):
    """Rasa cannot be installed, trained or served; the message says why, and the mend."""


class LibraryError(VoicebotError):
    """The library of scenario versions cannot be read or written, or does not hold what was asked for."""


class StepRefused(LibraryError):
    """Whoever asks may not do this to a scenario, or its versions are not that far."""


class EditConflict(LibraryError):
    """Somebody else has changed it since it was read; nothing was overwritten."""


class LedgerBroken(VoicebotError):
    """The ledger of deletions is not what was written to it; the message names the first line that is not."""


class SealBroken(VoicebotError):
    """What is sealed at rest cannot be opened: it was changed, or is not what it is taken for."""


class KeyMissing(SealBroken):
    """The key that sealed it is not among those given."""


class TornFile(SealBroken):
    """A sealed file ends early, as after a crash; what is before its end is sound."""


class StoreError(VoicebotError):
    """The database, or the disk behind it, failed."""


class StoreFull(StoreError):
    """No room is left on the disk."""

    retryable = True
