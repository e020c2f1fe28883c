"""What somebody wrote in an e-mail himself: without the letter that it answers, and without his signature."""

import re
from html.parser import HTMLParser

_HTML = re.compile(r"<(?:html|body|div|p|br|span|table)\b", re.IGNORECASE)
_LINE_TAGS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3"})
_SILENT_TAGS = frozenset({"script", "style", "head", "blockquote"})

_SAYS_WHO_WROTE = re.compile(
    r"(?:on\b.{5,200}\bwrote|.{5,200}(?:пишет|писал|писала|написал|написала|написал\(а\)|писал\(а\)|жазды)):",
    re.IGNORECASE,
)
_LETTER_BELOW = re.compile(
    r"[-_ ]{2,}(?:original message|forwarded message|исходное сообщение|пересылаемое сообщение|бастапқы хабар)\W*",
    re.IGNORECASE,
)  # review: kk
_HEAD_BELOW = re.compile(r"\*?(?:from|от|от кого|кімнен)\*?:\s", re.IGNORECASE)
_HEAD_GOES_ON = re.compile(
    r"\*?(?:sent|date|to|subject|отправлено|дата|кому|тема|жіберілген|күні|кімге|тақырып)\*?:", re.I
)
_DEVICE = re.compile(r"(?:sent from (?:my|mail)\b|отправлено (?:с|из)\b|get outlook for\b).{0,80}", re.IGNORECASE)
_FAREWELL = re.compile(
    r"(?:с уважением|с наилучшими пожеланиями|(?:best|kind|warm) regards|regards|sincerely|құрметпен)\b.{0,80}",
    re.IGNORECASE,
)
_LONGEST_SIGNATURE = 8
"""Lines; a farewell with more below it is not the letter's end."""


def own_words(letter: str) -> str:
    """Return a letter's own text: HTML as plain lines, quoted letters and the signature cut off."""
    if _HTML.search(letter):
        letter = _plain(letter)
    lines = [line.strip() for line in letter.splitlines()]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line.startswith(">"):
            continue
        below = [one for one in lines[number + 1 : number + 4] if one]
        if line in ("--", "—") or _LETTER_BELOW.fullmatch(line) or _DEVICE.fullmatch(line):
            break
        if _HEAD_BELOW.match(line) and below and _HEAD_GOES_ON.match(below[0]):
            break
        if _SAYS_WHO_WROTE.fullmatch(line):
            if below and below[0].startswith(">"):
                continue  # answers may stand between the quoted lines
            break
        if _FAREWELL.fullmatch(line) and len([one for one in lines[number + 1 :] if one[:1] not in ("", ">")]) <= (
            _LONGEST_SIGNATURE
        ):
            break
        kept.append(line)
    return "\n".join(kept).strip()


def _plain(letter: str) -> str:
    reader = _Plain()
    reader.feed(letter)
    reader.close()
    return "".join(reader.text)


class _Plain(HTMLParser):
    """Lines of a letter in HTML, without what it quotes."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent:
            if tag == self._silent[0]:
                self._silent.append(tag)
        elif tag in _SILENT_TAGS:
            self._silent = [tag]
        if tag in _LINE_TAGS:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[0]:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text.append(data)
