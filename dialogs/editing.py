"""Changes of prompts' texts in a scenario's files, character by character: whatever else stands there stays as it is.

A YAML library that writes files back would lay out lines anew that nobody has touched, and whoever approves a change
reads its differences.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from dialogs.documents import compose, parse_document
from dialogs.schema.prompts import PLAIN
from engine.errors import ScenarioError
from engine.speech import Language

_PROMPTS: Final = "prompts"
_RECORDINGS: Final = "recordings"


@dataclass(frozen=True, slots=True, order=True)
class TextPlace:
    """One text of a prompt.

    Args:
        prompt: its name.
        language: of the text.
        tone: of the text; empty where it stands without one.
        variant: which one, from 0.
    """

    prompt: str
    language: Language
    tone: str = PLAIN
    variant: int = 0

    def __str__(self) -> str:
        """Return it for people."""
        tone = f", {self.tone}" if self.tone else ""
        variant = f", variant {self.variant + 1}" if self.variant else ""
        return f"{self.prompt} ({self.language}{tone}{variant})"


def prompt_texts(label: str, content: str) -> Mapping[TextPlace, str]:
    """Return all texts of prompts in a file.

    Args:
        label: the file's path in messages.
        content: of the file.

    Raises:
        ScenarioError: it cannot be read.
    """
    return {place: node.value for place, node in _nodes(label, content).items()}


def replace_texts(label: str, content: str, texts: Mapping[TextPlace, str]) -> str:
    """Return a file's content with some texts of its prompts replaced or added.

    A language that a prompt lacks is added, and a variant behind the last one.

    Args:
        label: the file's path in messages.
        content: of the file.
        texts: by place.

    Raises:
        ScenarioError: the file cannot be read, or has no such place.
    """
    for place in sorted(texts):
        content = _splice(label, content, place, json.dumps(texts[place], ensure_ascii=False))
    parse_document(label, content.encode())
    return content


def name_recording(label: str, content: str, prompt: str, language: Language, path: str | None) -> str:
    """Return a file's content with the recording of a prompt in a language named, or no longer.

    Args:
        label: the file's path in messages.
        content: of the file.
        prompt: its name.
        language: of the recording.
        path: of the audio within the scenario's folder; None takes the recording out.

    Raises:
        ScenarioError: the file cannot be read, or has no such prompt.
    """
    node = _entry(_entry(compose(label, content), _PROMPTS), prompt)
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise ScenarioError(f"{label}: there is no prompt `{prompt}` with texts; write it into the file once")
    there = _entry(node, _RECORDINGS)
    named = {key: value.value for key, value in _entries(there) if key != language}
    named |= {language: path} if path is not None else {}
    written = "{" + ", ".join(f"{key}: {json.dumps(each, ensure_ascii=False)}" for key, each in named.items()) + "}"
    if there is None:
        changed = _insert(content, node, f"{_RECORDINGS}: {written}") if named else content
    else:
        changed = content[: there.start_mark.index] + written + content[_end(there) :]
    parse_document(label, changed.encode())
    return changed


def _end(node: yaml.Node) -> int:
    """Return where the last character of a node stands: a block's own end mark lies behind blank lines and comments."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index)


def _insert(content: str, prompt: yaml.MappingNode, entry: str) -> str:
    """Add an entry to a prompt, before its first text."""
    key, value = next(((key, value) for key, value in prompt.value if key.value in set(Language)), prompt.value[-1])
    if prompt.flow_style:
        end = value.end_mark.index
        return content[:end] + f", {entry}" + content[end:]
    begin = content.rindex("\n", 0, key.start_mark.index) + 1
    return content[:begin] + f"{' ' * (key.start_mark.index - begin)}{entry}\n" + content[begin:]


def _splice(label: str, content: str, place: TextPlace, quoted: str) -> str:
    node = _nodes(label, content).get(place)
    if node is not None:
        return content[: node.start_mark.index] + quoted + content[node.end_mark.index :]
    if place.variant:
        return _append(label, content, place, quoted)
    prompt = _entry(_entry(compose(label, content), _PROMPTS), place.prompt)
    if not isinstance(prompt, yaml.MappingNode) or place.tone or not prompt.value:
        raise ScenarioError(f"{label}: there is no text {place} to replace; write it into the file once")
    return _insert(content, prompt, f"{place.language}: {quoted}")


def _append(label: str, content: str, place: TextPlace, quoted: str) -> str:
    """Add a variant behind the last one; a lone text becomes a list."""
    nodes = _nodes(label, content)
    last = nodes.get(TextPlace(place.prompt, place.language, place.tone, place.variant - 1))
    if last is None:
        raise ScenarioError(f"{label}: {place} has no variant before it; number variants without a gap")
    begin, end = last.start_mark.index, last.end_mark.index
    texts = _entry(_entry(_entry(compose(label, content), _PROMPTS), place.prompt), place.language)
    texts = _entry(texts, place.tone) if place.tone else texts
    if isinstance(texts, yaml.ScalarNode):
        return f"{content[:begin]}[{content[begin:end]}, {quoted}]{content[end:]}"
    assert isinstance(texts, yaml.SequenceNode)
    if texts.flow_style:
        return f"{content[:end]}, {quoted}{content[end:]}"
    dash = content.rindex("-", 0, begin)
    indent = dash - (content.rfind("\n", 0, dash) + 1)
    return f"{content[:end]}\n{' ' * indent}- {quoted}{content[end:]}"


def _nodes(label: str, content: str) -> Mapping[TextPlace, yaml.ScalarNode]:
    """Return the nodes of all texts."""
    found: dict[TextPlace, yaml.ScalarNode] = {}
    prompts = _entry(compose(label, content), _PROMPTS)
    for name, prompt in _entries(prompts):
        for language, texts in _entries(prompt):
            if language not in set(Language):
                continue
            toned = _entries(texts) if isinstance(texts, yaml.MappingNode) else ((PLAIN, texts),)
            for tone, variants in toned:
                nodes = variants.value if isinstance(variants, yaml.SequenceNode) else [variants]
                for index, node in enumerate(nodes):
                    if isinstance(node, yaml.ScalarNode):
                        found[TextPlace(name, Language(language), tone, index)] = node
    return found


def _entries(node: yaml.Node | None) -> tuple[tuple[str, yaml.Node], ...]:
    return tuple((key.value, value) for key, value in node.value) if isinstance(node, yaml.MappingNode) else ()


def _entry(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return dict(_entries(node)).get(name)
