"""Ten thousand broken mails, made from the sample mails with a fixed seed: each is parsed, none raises."""

import random
from pathlib import Path
from typing import Final

from producers.mail_parsing import parse_mail
from producers.replay_reading import mbox_mails
from producers.submission import check_size
from tests.tnef import winmail

SAMPLES: Final = Path(__file__).parents[2] / "samples" / "email.mbox"
COUNT: Final = 10_000
PIECES: Final = (
    *(b"\x00", b"\xff\xfe", b"\r\n\r\n", b"\n", b"--", b"-- \n", b"> ", b"=", b"=?utf-8?b?", b"?=", b"<", b'"', b";"),
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n",
    b"Content-Type: multipart/alternative; boundary=b\n\n--b\n",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Type: message/partial; id=x; number=1\n\n",
    b"Content-Type: text/html; charset=utf-16\n",
    b"Content-Type: text/plain; charset=punycode\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n",
    b"Content-Disposition: attachment; filename*0*=utf-8''%FF%\n",
    b"References: <a@x> <b\n",
    b"Auto-Submitted: auto-replied\n",
    winmail("isi", [("a.pdf", b"%PDF")]),
)


def mutated(mails: list[bytes], chance: random.Random) -> bytes:
    """A mail with a few cuts, repeats, foreign pieces and wrong bytes in it."""
    raw = bytearray(chance.choice(mails))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(raw) + 1)
        end = min(len(raw), at + chance.randint(0, 200))
        match chance.randrange(7):
            case 0:
                del raw[at:end]
            case 1:
                raw[at:at] = raw[at:end] * chance.randint(1, 4)
            case 2:
                raw[at:at] = chance.choice(PIECES)
            case 3:
                other = chance.choice(mails)
                raw[at:] = other[chance.randrange(len(other)) :]
            case 4:
                raw[at : at + 8] = chance.randbytes(8)
            case 5:
                raw[at:end] = raw[at:end].swapcase()
            case _:
                del raw[at:]
    return bytes(raw)


def test_ten_thousand_broken_mails_are_all_something_that_a_door_can_take() -> None:
    with SAMPLES.open("rb") as file:
        mails = [mail.raw for mail in mbox_mails(file, 0)]
    chance = random.Random(4)
    for _ in range(COUNT):
        raw = mutated(mails, chance)
        found = parse_mail(raw, account="pengaduan@aduan.example")
        check_size(found.title, found.text)
        assert found.external_id
        for text in (*found.body(), found.sender):
            text.encode()
