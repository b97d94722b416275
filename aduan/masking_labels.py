"""Words beside a number that say what it is, for `aduan.masking_numbers`."""

import re
from collections.abc import Sequence
from typing import Final

_REACH: Final = 48
"""How many characters to the left of a number a label is looked for."""
_KINDS: Final = {
    "money": "rp idr usd sgd sebesar senilai sejumlah seharga nominal nominalnya",
    "sum": "sebanyak total totalnya biaya biayanya uang iuran sumbangan spp ukt dana anggaran bayar membayar harga",
    "npsn": "npsn npsnnya",
    "kk": "kk nkk nokk keluarga",
    "nik": "nik niknya nonik noktp ktp ektp kependudukan",
    "nisn": "nisn nisnnya nonisn",
    "nuptk": "nuptk nuptknya nonuptk unik",
    "npwp": "npwp nonpwp",
    "nip": "nip nipppk",
    "phone": "telp tlp tlpn telpon telepon telefon telfon tel hp hpku hpnya nohp handphone hape wa wanya nowa whatsapp "
    "whatsap kontak contact phone call hubungi sms hotline",
    "account": "rek rekening rekeningnya norek norekening acc account va simpel paspor",
    "card": "kartu atm debit kredit kks kip jkn kis bpjs",
    "number": "nrg niy nigb nim nis nrp peserta pendaftaran registrasi ujian",
    "public": "isbn issn dipa token nss sk surat edaran ijazah tiket versi build resi tracking fax faks faksimile",
    "case": "laporan laporannya aduan pengaduan lapor id",
}
_LABELS: Final = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_PHRASES: Final = {
    ("induk", "siswa", "nasional"): "nisn",
    ("induk", "siswa"): "number",
    ("induk", "mahasiswa"): "number",
    ("induk", "pegawai"): "nip",
    ("wajib", "pajak"): "npwp",
}
"""Labels of several words, by all their words."""
_PHRASE_ENDS: Final = frozenset(phrase[-1] for phrase in _PHRASES)
_OFFICE_WORDS: Final = (
    "center centre hotline dinas disdik disdikbud kemdikbud kemendikbud kemdiknas kemendiknas kementerian layanan"
)
_OFFICES: Final = frozenset(_OFFICE_WORDS.split())
"""Beside a telephone label these say that a number is no person's; a mobile one is masked all the same."""
_BANK_WORDS: Final = "bank bca bri bni btn bsi bsm bjb mandiri cimb danamon muamalat simpel jatim jateng sumut"
_BANKS: Final = frozenset(_BANK_WORDS.split())
"""With no other label these say that a long number is an account."""
_WORDS_BETWEEN: Final = (
    "no nomor nomer nya saya sy kami anak ibu bapak pak bu siswa guru sekolah bank bca bri bni btn bsi bsm "
    "bjb mandiri cimb danamon muamalat simpel syariah unit tabungan adalah "
    "un ukg plpg ppg ppdb snmptn sbmptn utbk snbp snbt cpns bidikmisi ult pos jne jnt tiki pendidik tenaga "
    "kependidikan dki jabar jateng jatim diy banten aceh sumut sumsel riau papua ntt ntb bali "
    "sulsel kalsel kaltim lampung jambi bengkulu daerah pembangunan "
    "lama baru suami istri kakek nenek kakak adik ayah mama pribadi aktif listrik buku seri keputusan "
    "yaitu yg yang ini di ke atas nama an dan atau kantor milik"
)
_BETWEEN: Final = frozenset(_WORDS_BETWEEN.split())
"""Words that may stand between a label and its number."""
_MOST_BETWEEN: Final = 4
_PUBLIC: Final = frozenset({"public", "case"})
"""Numbers that everyone may see, of a document or a report; a personal label beside them counts first."""
_NEXT_TO_IT: Final = frozenset({"money", "sum", "npsn"})
"""These are said of a number only if no other word stands between: a wider reading would leave numbers unmasked."""

_STOP: Final = re.compile(r"[\d\[\]@@﹫]")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_MONEY_RIGHT: Final = re.compile(
    r",-|,00(?![\W_]{0,4}\d)|[\s,]{0,2}(?:rupiah|ribu|rb|juta|jt|mil[iy]ar|triliun|perak)\b", re.IGNORECASE
)


def label_left_of(text: str, low: int, start: int) -> str | None:
    """Kind of the nearest label before `start`, not looking before `low` or past another number; None without one.

    A label of a person's number counts before a public one: *NISN di ijazah 0071234589*. `bank` when only the name of
    one says that the number is an account.
    """
    low = max(low, start - _REACH)
    words = _LETTERS.findall(_STOP.split(text[low:start])[-1].lower())
    public = None
    for distance, word in enumerate(reversed(words)):
        kind = _LABELS.get(word) or _phrase_at(words, len(words) - distance)
        if kind in _PUBLIC:
            public = public or kind
        elif kind is not None:
            return _in_context(words, kind) if not distance or kind not in _NEXT_TO_IT else None
        elif distance >= _MOST_BETWEEN or word not in _BETWEEN:
            break
    if public is not None:
        return public
    near = words[-_MOST_BETWEEN:]
    if any(_LABELS.get(word) == "phone" for word in near):
        return _in_context(words, "phone")
    return None if _BANKS.isdisjoint(near) else "bank"


def _phrase_at(words: Sequence[str], end: int) -> str | None:
    """The kind that a label of several words announces which ends before index `end`."""
    if words[end - 1] not in _PHRASE_ENDS:
        return None
    return _PHRASES.get(tuple(words[max(0, end - 3) : end])) or _PHRASES.get(tuple(words[max(0, end - 2) : end]))


def _in_context(words: Sequence[str], kind: str) -> str:
    return "public" if kind == "phone" and not _OFFICES.isdisjoint(words[-_MOST_BETWEEN - 1 :]) else kind


def is_money_right_of(text: str, end: int, high: int) -> bool:
    """Whether a unit of money follows: `,00`, `juta`, `rupiah`."""
    return _MONEY_RIGHT.match(text, end, high) is not None
