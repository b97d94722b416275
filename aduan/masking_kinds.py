"""What the digits of a number alone say of its kind, for `aduan.masking_numbers`. Pure."""

import re
from typing import Final

NIK: Final = re.compile(
    r"(?:1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-6])\d{4}(?:0[1-9]|[1256]\d|3[01]|4[1-9]|7[01])(?:0[1-9]|1[0-2])\d{6}",
    re.ASCII,
)
NIP: Final = re.compile(r"19\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d{8}", re.ASCII)
NPWP: Final = re.compile(r"\d\d\.\d{3}\.\d{3}\.\d[-.]\d{3}\.\d{3}", re.ASCII)
_NISN: Final = re.compile(r"0[01]\d{8}", re.ASCII)
"""Without a label: no telephone number begins so, and pupils born from 2000 to 2019 have one."""
_MOBILE: Final = re.compile(r"8[1-9]\d{7,10}", re.ASCII)
_DEBIT: Final = ("60", "5326", "4097", "4616", "5264", "5371")
"""How the numbers of Indonesian debit cards begin, whose check digit need not be right in a complaint."""
CARD_LENGTH: Final = 16
NIP_LENGTH: Final = 18


def kind_of(digits: str, raw: str) -> str:
    """The kind of a number without a label: its digits, and its first part as it is written."""
    if len(digits) == CARD_LENGTH:
        if NIK.fullmatch(digits):
            return "nik"
        return "card" if digits.startswith(_DEBIT) or (digits[0] in "23456" and _luhn(digits)) else "account"
    if len(digits) == NIP_LENGTH and NIP.fullmatch(digits):
        return "nip"
    if NPWP.fullmatch(raw):
        return "npwp"
    if _MOBILE.fullmatch(digits):
        return "phone"
    return "nisn" if _NISN.fullmatch(raw) else "account"


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(value - 9 if value > 9 else value for value in doubled)) % 10 == 0  # noqa: PLR2004 - Luhn's tens
