r"""Gives a text its line breaks back of which only the letter of `\n` is left: *nNama : Budi nAlamat …*. Pure.

Reports that passed through several systems lose the backslash; among frequent words of real complaints are *nmohon*,
*nsaya*, *nnama*. The text keeps its length, so that positions hold.
"""

import re
from typing import Final

_WORDS: Final = (
    "nama alamat nik no nomor nomer hp telp wa email nuptk nisn nip npwp kk ktp rek rekening norek kontak pelapor "
    "pengirim saya sy kami hormat wassalam wassalamu salam terima terimakasih trimakasih demikian mohon perkenalkan "
    "dari kepada yth bapak bpk ibu pak bu jl jalan rt rw kel kelurahan kec kecamatan desa dusun warga ketua tanggal "
    "tgl ttd sekian untuk dan"
)
_GLUED: Final = (
    "Nama NAMA Alamat ALAMAT NIK No NO HP Telp Email NUPTK NISN NIP NPWP TTL Tempat Tanggal Tgl Unit Sekolah Asal "
    "Jabatan Hormat Terima Demikian Wassalam Saya Kami Mohon Perihal Yth Dengan Isi Kepada Bapak Ibu Atas"
)
_BREAK: Final = re.compile(
    # alone before a capital or a word that opens lines; behind a word only before one that nearly always does
    rf"nn?(?:(?:(?<=[^\W\d_]n)|(?<=[^\W\d_]nn))(?=(?:{'|'.join(_GLUED.split())})(?![^\W\d_]))"
    rf"|(?:(?<![^\W\d_]n)(?<![^\W\d_]nn))(?=[A-Z]|(?:{'|'.join(_WORDS.split())})(?![^\W\d_])))"
)

_OPENERS: Final = frozenset(f"{_WORDS} {_GLUED.lower()}".split())
LOST_BREAKS: Final = frozenset(f"n{word}" for word in _OPENERS)
"""Words, in small letters, that show that breaks were lost."""
WRITTEN_LOST: Final = {f"n{form}": f"n{word}" for word in _OPENERS for form in (word, word.capitalize(), word.upper())}
"""Each of them by the ways in which people write it."""


def with_breaks(text: str) -> str:
    """The text with line breaks where they were lost, of the same length."""
    return _BREAK.sub(lambda lost: "\n" * len(lost[0]), text)
