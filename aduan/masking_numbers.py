"""The grammar of numbers for `aduan.masking`: which runs of digits name a person, and which are money or dates.

A *cluster* is digits with up to three separators between them and no letters; so a label (`NIK`, `rek`, `Rp`) can
only stand to its left and a unit (`juta`) to its right. A *word* is a part of it without a space or slash.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from aduan.masking_kinds import CARD_LENGTH, NIK, NIP, NIP_LENGTH, NPWP, kind_of
from aduan.masking_labels import is_money_right_of, label_left_of


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text that names a person, from `start` up to, not including, `end`."""

    start: int
    end: int
    kind: str


Found = tuple[int, int, str]
"""The same as a bare tuple, cheaper to make."""


class _Word(NamedTuple):
    start: int
    end: int
    raw: str
    digits: str
    slashed: bool  # a slash stands before it


_HIDDEN: Final = "\u00ad\u200b-\u200f\u2060\ufe0f\u20e3\ufeff"
_THOUSANDS: Final = r",(?=\d{3})"
_TIGHT: Final = rf"(?>{_THOUSANDS}|[.\-_'‐‑–—−{_HIDDEN}]{{0,2}}+)"
_LOOSE: Final = rf"(?>{_THOUSANDS}|[ \t\u00a0\u2007\u202f()/.\-_'‐‑–—−{_HIDDEN}]{{0,4}}+)"
_CLUSTER: Final = re.compile(rf"\d(?:{_LOOSE}\d){{4,}}+")
_WORD: Final = re.compile(rf"\d++(?:{_TIGHT}\d)*+")
_DIGITS: Final = b"0123456789"
_FEWEST: Final = 5
"""A cluster has so many digits at least."""
_NOT_DIGIT: Final = re.compile(r"[^0-9]+")

_DATE: Final = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|1[0-2])\1(?:(?:19|20)\d\d|\d\d)(?![-./]?\d)"
    r"|(?:19|20)\d\d([-./])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01])(?![-./]?\d)"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![-./]?\d)",
    re.ASCII,
)
_YEAR: Final = r"(?:19|20)\d\d"
_TIME: Final = r"(?:[01]?\d|2[0-4])\.[0-5]\d"
_MARK: Final = r"[1-9]\d?\.\d\d?"  # 89.25, a grade; 7.1, a class
_WEAK: Final = re.compile(
    rf"{_YEAR}(?:[-–,](?:{_YEAR}|\d\d))?|{_TIME}(?:[-–]{_TIME})?|{_MARK}(?:[-–]{_MARK})?", re.ASCII
)
_ROUND: Final = r"[1-9]\d{0,2}(?:[.,]\d{3})*[.,]\d00"
_AMOUNT: Final = r"(?:[1-9]\d{0,2}(?:[.,']\d{3})+|[1-9]\d{0,12})"
_ROUND_MONEY: Final = re.compile(rf"{_ROUND}(?:[-–]{_ROUND})?", re.ASCII)
_MONEY: Final = re.compile(rf"{_AMOUNT}(?:[-–]{_AMOUNT})?", re.ASCII)
_GROUPED: Final = re.compile(r"(?!62\.8|8[1-9]\d\.)[1-9]\d{0,2}(?:\.\d{3}){2,4}", re.ASCII)
"""Thousands with points are an amount, even if no word says so; a telephone number might begin with 8 or 62."""
_ROUND_SUM: Final = re.compile(r"[1-9]\d{2,9}00", re.ASCII)
_CODE_BEFORE: Final = re.compile(r"(?<!\w)(?:[A-Z]{1,4}[-/]){1,4}$", re.ASCII)
_CODE_REACH: Final = 24
_PERSONAL: Final = re.compile(r"(?:0|62)8[1-9]\d{7}", re.ASCII)
_LONG: Final = 8
"""From so many digits on an unlabelled number is masked."""
_CODE, _PHONE_MIN, _PHONE_MAX, _PHONE_WHOLE = 3, 9, 16, 9
_TOO_LONG: Final = 400
"""A longer cluster is masked as one: a table or an attack, and the work stays bounded."""
_MANY: Final = 2_000
"""After so many clusters in one text each further one is masked whole, for the same reason."""
_NATURAL: Final = {
    "nik": 16, "kk": 16, "nuptk": 16, "nisn": 10, "npwp": 15, "nip": 18, "phone": 15, "account": 16, "card": 16,
    "bank": 16, "number": 20,
}  # fmt: skip
"""How many digits a number with that label has, at the most."""
_LEAST: Final = {"phone": 6, "account": 6, "bank": 10}
"""From so many digits on a number is taken to be what its label says; with other labels from `_LONG` on."""
_CARD_CHUNK = 4


def number_spans(text: str, holes: Sequence[Found]) -> list[Found]:
    """Personal numbers of the text outside the holes (already found emails), ordered."""
    if not _may_hold_digits(text):
        return []
    found: list[Found] = []
    low = clusters = 0
    for high, after, _ in (*holes, (len(text), len(text), "end")):
        for cluster in _CLUSTER.finditer(text, low, high):
            start, end = cluster.span()
            clusters += 1
            label = label_left_of(text, low, start) if clusters <= _MANY else None
            if label in (None, "public", "case") and _is_code(text, start, end, label):
                low = end
                continue
            if end - start > _TOO_LONG or clusters > _MANY:
                found.append((start, end, "account"))
            elif end - start >= _LONG or label in _LEAST:
                found += _in_cluster(text, start, end, label, is_money_right_of(text, end, high))
            low = end
        low = after
    return found


def _may_hold_digits(text: str) -> bool:
    """Whether there are digits enough for a number; five times cheaper than to look for one."""
    if not text.isascii():
        return True
    signs = text.encode()
    return len(signs) - len(signs.translate(None, _DIGITS)) >= _FEWEST


def _is_code(text: str, start: int, end: int, label: str | None) -> bool:
    """Whether this is the number of a document, a book or a meter: *ISBN 978-…*, *T-20241107-88213*, *DIPA-023.17*."""
    if end - start > _TOO_LONG or (
        label is None and _CODE_BEFORE.search(text, max(0, start - _CODE_REACH), start) is None
    ):
        return False
    digits = _NOT_DIGIT.sub("", text[start:end])
    is_short = label != "case" or (len(digits) <= _LONG and digits[0] != "0")  # the reports of SP4N have 7 or 8
    return is_short and NIK.search(digits) is None and _PERSONAL.search(digits) is None


def _in_cluster(text: str, start: int, end: int, label: str | None, is_money: bool) -> Iterator[Found]:
    words = _words(text, start, end)
    at = 0
    if _stays(words[0], label):
        at = 1
    elif label in _NATURAL and not _protected(text, words, 0, end) and not (label == "bank" and _phone(text, words, 0)):
        at = _labelled(words, label)
        if at:
            digits = "".join(word.digits for word in words[:at])
            is_open = label == "bank" or (label == "account" and len(digits) == CARD_LENGTH)
            yield _span(text, words[:at], None if is_open else label)
    if is_money and at < len(words) and _MONEY.fullmatch(words[-1].raw) and not _is_cut_phone(words[at:-1]):
        words.pop()
    if at < len(words):
        yield from _unlabelled(text, words, at, end)


def _is_cut_phone(words: list[_Word]) -> bool:
    """*0811 8974* before *1000 rb*: a telephone number still lacks its end."""
    digits = "".join(one.digits for one in words)
    return digits.startswith(("08", "62")) and len(digits) <= _PHONE_MIN


def _stays(word: _Word, label: str | None) -> bool:
    """Whether a label says that this is an amount of money, or the public number of a school."""
    if label == "money":
        return _MONEY.fullmatch(word.raw) is not None
    if label == "sum":
        return _ROUND_SUM.fullmatch(word.raw) is not None
    return label == "npsn" and len(word.raw) == _LONG


def _words(text: str, start: int, end: int) -> list[_Word]:
    words = []
    before = start
    for match in _WORD.finditer(text, start, end):
        raw = match[0]
        if not raw.isascii():
            raw = "".join(str(unicodedata.digit(sign, sign)) for sign in raw)
        digits = raw if raw.isdigit() else _NOT_DIGIT.sub("", raw)
        words.append(_Word(match.start(), match.end(), raw, digits, "/" in text[before : match.start()]))
        before = match.end()
    return words


def _labelled(words: list[_Word], label: str) -> int:
    """How many words from the first on belong to the label; 0 if too few digits follow it."""
    total = 0
    for count, word in enumerate(words):
        is_year = _is_weak(word) and all(map(_is_weak, words[count:]))  # 2019 within a number is none
        whole = total >= _LONG and (word.slashed or is_year or len(word.digits) >= _PHONE_WHOLE)
        if whole or total >= _NATURAL[label]:
            return count
        total += len(word.digits)
    if total < _LONG and words[-1].digits.endswith("000"):  # "di rekening 450000" is money
        return 0
    return len(words) if total >= _LEAST.get(label, _LONG) else 0


def _unlabelled(text: str, words: list[_Word], at: int, end: int) -> Iterator[Found]:
    run: list[_Word] = []
    least = _LONG  # less beside a number in chunks: what is left over may belong to it
    while at < len(words):
        if words[at].slashed:
            yield from _decide(text, run, least)
            run, least = [], _LONG
        if after := (0 if run else _whole(words, at)):
            yield _span(text, words[at:after], None)
            at = after
        elif after := _protected(text, words, at, end):
            yield from _decide(text, run, least)
            run, at, least = [], after, _LONG
        elif after := _phone(text, words, at):
            in_chunks = len(words[at].digits) < _PHONE_WHOLE
            yield from _decide(text, run, min(least, _CARD_CHUNK if in_chunks else _LONG))
            yield _span(text, words[at:after], "phone")
            run, at, least = [], after, _CODE if in_chunks else _LONG
        else:
            run.append(words[at])
            at += 1
    yield from _decide(text, run, least)


def _protected(text: str, words: list[_Word], at: int, end: int) -> int:
    """Index after a date or a round amount of money that starts at this word, or 0."""
    if _ROUND_MONEY.fullmatch(words[at].raw) or _GROUPED.fullmatch(words[at].raw):
        return at + 1
    date = _DATE.match(text, words[at].start, end)
    if date is None:
        return 0
    return next((after for after in range(at + 1, len(words) + 1) if words[after - 1].end == date.end()), 0)


def _whole(words: list[_Word], at: int) -> int:
    """Index after an identity or card number that starts here, perhaps in chunks that look like others, or 0."""
    if NPWP.fullmatch(words[at].raw):
        return at + 1
    digits = ""
    for after in range(at, len(words)):
        word = words[after]
        if (after > at and word.slashed) or (not word.raw.isdigit() and _DATE.fullmatch(word.raw)):
            return 0
        digits += word.digits
        if len(digits) > NIP_LENGTH:
            return 0
        if len(digits) == NIP_LENGTH and NIP.fullmatch(digits):
            return after + 1
        if len(digits) == CARD_LENGTH and _is_whole(words[at : after + 1], digits):
            return after + 1
    return 0


def _is_whole(chunks: list[_Word], digits: str) -> bool:
    if all(map(_is_weak, chunks)) or any(len(word.digits) == 1 for word in chunks):
        return False
    return all(len(word.digits) == _CARD_CHUNK for word in chunks) or kind_of(digits, "") != "account"


def _phone(text: str, words: list[_Word], at: int) -> int:
    """Index after a telephone number that starts at this word, or 0."""
    word = words[at]
    plus = word.start > 0 and text[word.start - 1] in "++"
    if _is_weak(word) or not (plus or word.digits.startswith(("08", "62", "02", "03", "04", "05", "06", "07", "09"))):
        return 0
    total, after = len(word.digits), at + 1
    while after < len(words):
        more = words[after]
        begins = more.digits.startswith(("08", "62"))
        ends = total >= _PHONE_MIN and (begins or _is_weak(more) or more.slashed or len(more.digits) == 1)
        another = len(more.digits) >= _PHONE_WHOLE and (total > _CODE or more.digits[0] == "0")
        if ends or another or total + len(more.digits) > _PHONE_MAX:
            break
        total += len(more.digits)
        after += 1
    return after if _PHONE_MIN <= total <= _PHONE_MAX else 0


def _decide(text: str, run: list[_Word], least: int) -> Iterator[Found]:
    """Mask a run of words if it is long; years and times at its ends stay, and short ones beside a long one."""
    while run and _is_weak(run[0]):
        run = run[1:]
    while run and _is_weak(run[-1]):
        run = run[:-1]
    if sum(len(word.digits) for word in run) < least:
        return
    if any(len(word.digits) >= _LONG for word in run) or least < _LONG:
        for word in run:
            if len(word.digits) >= min(least, _CARD_CHUNK) and not _is_weak(word):
                yield _span(text, [word], None)
    else:
        yield _span(text, run, None)


def _is_weak(word: _Word) -> bool:
    return _WEAK.fullmatch(word.raw) is not None


def _span(text: str, words: list[_Word], kind: str | None) -> Found:
    start, end = words[0].start, words[-1].end
    if kind is None:
        kind = kind_of("".join(word.digits for word in words), words[0].raw)
    if text[start - 1 : start] in ("+", "+"):
        start -= 1
    if text[start - 1 : start] == "(" and ")" in text[start:end]:
        start -= 1
    return start, end, kind
