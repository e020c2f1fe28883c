"""Whether a prompt is whole in every language: the same tones, and the voice or a recording throughout."""

from collections.abc import Iterator

from dialogs.checks.fault import Fault, Severity
from dialogs.schema import ScenarioSpec
from dialogs.schema.prompts import PLAIN


def translation_faults(spec: ScenarioSpec) -> Iterator[Fault]:
    """Yield tones that a language lacks, tones that no prompt has, and recordings that a language lacks."""
    known: set[str] = set()
    for name, prompt in spec.prompts.items():
        tones = {language: set(prompt.wordings(language) or {}) for language in spec.languages}
        everywhere = set[str]().union(*tones.values())
        known |= everywhere
        for language, there in tones.items():
            for tone in sorted(everywhere - there - {PLAIN}):
                other = next(each for each in spec.languages if tone in tones[each])
                message = f"prompt `{name}` has the tone `{tone}` in {other} and not in {language}"
                yield Fault("translation", ("prompts", name, language), message, f"add `{tone}:` to `{language}`")
        silent = [language for language in spec.languages if prompt.recordings and language not in prompt.recordings]
        for language in silent:
            message = f"prompt `{name}` is recorded, but not in {language}, so the voice changes with the language"
            mend = f"record it in {language} too"
            yield Fault("translation", ("prompts", name, "recordings"), message, mend, Severity.WARNING)
    for i, entry in enumerate(spec.tone):
        if entry.use not in known:
            message = f"no prompt has a text in the tone `{entry.use}`"
            yield Fault("translation", ("tone", i, "use"), message, "word one in it, or delete the entry")
