"""The words of a mail: HTML to text, and where the quoted earlier mail begins. Linear in time, whatever is sent.

`html2text` reads the HTML, but the standard parser below it takes minutes on 60 kB of unclosed tags, so everything that
is no complete tag is text before it gets there. mail-parser-reply was tried and left: it takes lists that begin with a
dash for signatures, which loses a complaint's facts, and hangs on 50,000 line breaks.
"""

import re
from typing import Final

import html2text

HTML_CHARS: Final = 300_000
"""What is read of one HTML part; a longer one is kept whole as an attachment."""
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
_DECLARATION: Final = re.compile(r"<[!?][a-zA-Z\[][^<>]{0,2000}>")
_HIDDEN: Final = {"script": "</script", "style": "</style", "head": "</head"}
_OPENS_HIDDEN: Final = re.compile(r"<(script|style|head)\b[^<>]{0,2000}>", re.IGNORECASE)
_REPLY_SUBJECT: Final = re.compile(r"^\s*(re|bls|balas|aw|sv)\s*(\[\d+\])?\s*:", re.IGNORECASE)
_FORWARD_SUBJECT: Final = re.compile(r"^\s*(fw|fwd|tr|terusan|teruskan)\s*:", re.IGNORECASE)
_WROTE: Final = re.compile(r"^(on|pada)\b.{5,300}\b(wrote|menulis|menulis sbb)\s*:$", re.IGNORECASE | re.DOTALL)
_ORIGINAL: Final = re.compile(r"^-{2,}\s*(original message|pesan asli|pesan awal)\s*-{2,}$", re.IGNORECASE)
_FORWARDED: Final = re.compile(
    r"^(-{2,}\s*(forwarded message|pesan terusan|pesan yang diteruskan)\s*-{2,}|begin forwarded message:)",
    re.IGNORECASE | re.MULTILINE,
)
_FROM_LINE: Final = re.compile(r"^\*?(from|dari)\*?\s*:\s*\S", re.IGNORECASE)
_HEADER_LINE: Final = re.compile(
    r"^\*?(sent|date|to|cc|subject|dikirim|tanggal|kepada|perihal|subjek)\*?\s*:", re.IGNORECASE
)
_LONGEST_INTRODUCTION: Final = 3
"""`On … wrote:` may be wrapped over so many lines."""
_LONGEST_SIGNATURE: Final = 12
"""Lines; whoever writes more below the mark may well be telling something."""


def text_of_html(html: str) -> str:
    """Readable text of an HTML part: paragraphs, lists and links stay, pictures and styles go. Never raises."""
    reader = html2text.HTML2Text(bodywidth=0)
    reader.ignore_images = True
    reader.ignore_emphasis = True
    reader.ignore_tables = True
    reader.skip_internal_links = True
    reader.protect_links = False
    reader.escape_snob = False
    return reader.handle(tidy(html[:HTML_CHARS])).strip()


def tidy(html: str) -> str:
    """The HTML without comments and hidden parts, and with every `<` that opens no complete tag as text."""
    visible = _DECLARATION.sub("", _without_hidden(_without_comments(html)))
    parts, at = [], 0
    for tag in _TAG.finditer(visible):
        parts += [visible[at : tag.start()].replace("<", "&lt;"), tag[0]]
        at = tag.end()
    parts.append(visible[at:].replace("<", "&lt;"))
    return "".join(parts)


def new_words(text: str, subject: str, *, is_reply: bool) -> str:
    """What the sender wrote now. A reply is cut at the quoted earlier mail, any mail at its signature's mark.

    A forward is kept whole. Words are never lost: the whole text comes back when there is no clear mark, or nothing
    stands above it. A signature without the exact mark stays, for it may hold the only telephone number.
    """
    if _FORWARD_SUBJECT.match(subject) or _FORWARDED.search(text):
        return text
    lines = text.split("\n")
    end = _quote_start(lines) if is_reply or _REPLY_SUBJECT.match(subject) else None
    lines = lines[: _signature_start(lines[:end])]
    kept = "\n".join(lines).strip()
    return kept or text


def _signature_start(lines: list[str]) -> int:
    """First line of the signature: the last exact `-- ` (RFC 3676, section 4.3), if no more than a card follows it."""
    for number in range(len(lines) - 1, max(-1, len(lines) - _LONGEST_SIGNATURE - 2), -1):
        if lines[number] == "-- ":
            return number
    return len(lines)


def _quote_start(lines: list[str]) -> int | None:
    """First line of the quoted mail: an introduction, Outlook's header block, or `>` down to the end."""
    for number, line in enumerate(lines):
        stripped = line.strip()
        if _ORIGINAL.match(stripped):
            return number
        if stripped[:5].lower().startswith(("on ", "pada ")):
            for size in range(1, _LONGEST_INTRODUCTION + 1):
                if _WROTE.match(" ".join(lines[number : number + size])[:400].strip()):
                    return number
        if _FROM_LINE.match(stripped):
            following = lines[number + 1 : number + 5]
            if sum(1 for one in following if _HEADER_LINE.match(one.strip())) > 1:
                return number
    end = len(lines)
    while end > 0 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    quoted = any(line.lstrip().startswith(">") for line in lines[end:])
    return end if quoted else None


def _without_comments(html: str) -> str:
    parts, at = [], 0
    while (start := html.find("<!--", at)) >= 0:
        parts.append(html[at:start])
        end = html.find("-->", start + 4)
        if end < 0:
            # An unclosed comment may hide words on purpose or by mistake: they are shown.
            return "".join(parts) + html[start + 4 :]
        at = end + 3
    return "".join(parts) + html[at:]


def _without_hidden(html: str) -> str:
    """Without scripts, styles and the head; an unclosed one hides nothing."""
    lower = html.lower()
    if len(lower) != len(html):  # a few letters change their length: leave such a text as it is
        return html
    parts, at = [], 0
    missing: set[str] = set()
    for opening in _OPENS_HIDDEN.finditer(html):
        name = opening[1].lower()
        if opening.start() < at:
            continue
        end = -1 if name in missing else lower.find(_HIDDEN[name], opening.end())
        closed = html.find(">", end) if end >= 0 else opening.end() - 1
        if end < 0:
            missing.add(name)
        parts.append(html[at : opening.start()])
        at = closed + 1 if closed >= 0 else len(html)
    return "".join(parts) + html[at:]
