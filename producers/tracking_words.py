"""What the tracking page says, in Indonesian and English."""

from typing import Final

from producers.form_words import WORDS

_OWN: Final[dict[str, dict[str, str]]] = {
    "id": {
        "title": "Lacak aduan",
        "intro": "Masukkan nomor pelacakan dan kode rahasia yang Anda terima saat melapor.",
        "show": "Lihat",
        "wrong_pair": "Nomor dan kode tidak cocok, atau aduan baru saja dikirim. Periksa keduanya, atau coba lagi "
        "sebentar lagi.",
        "away": "Perkembangan aduan belum dapat ditampilkan. Aduan Anda aman: coba lagi sebentar lagi.",
        "status": "Keadaan",
        "status_open": "Diterima, menunggu petugas",
        "status_acknowledged": "Sedang ditangani petugas",
        "status_resolved": "Selesai",
        "outcome_resolved": "Unit telah menjawab dan menutup aduan ini.",
        "outcome_outside_remit": "Aduan ini di luar kewenangan kami.",
        "outcome_not_a_complaint": "Kiriman ini dinilai bukan aduan.",
        "outcome_duplicate": "Aduan ini sama dengan aduan lain yang sudah ditangani.",
        "received": "Diterima",
        "due": "Dijawab paling lambat",
        "resolved": "Ditutup",
        "unit": "Ditangani oleh",
        "about": "Tentang",
        "late": "Melewati tenggat: atasan unit sudah diberi tahu.",
        "your_words": "Kata-kata Anda (nomor dan data pribadi disamarkan)",
        "erased": "Isi aduan ini telah dihapus atas permintaan.",
        "added": "Yang Anda tambahkan",
        "add": "Tambahkan keterangan",
        "add_hint": "Tambahan dibaca oleh unit yang menangani.",
        "add_send": "Tambahkan",
        "thanks_added": "Tambahan Anda kami terima. Dalam beberapa detik akan tampak di sini.",
        "edit": "Anda mengubah kiriman:",
        "deletion": "Anda menghapus kiriman.",
    },
    "en": {
        "title": "Track a complaint",
        "intro": "Enter the tracking number and the secret code that you got when you complained.",
        "show": "Show",
        "wrong_pair": "Number and code do not belong together, or the complaint was sent just now. Check both, or try "
        "again soon.",
        "away": "Complaints can't be shown just now. Yours is safe: try again in a moment.",
        "status": "Status",
        "status_open": "Received, waiting for staff",
        "status_acknowledged": "Staff are working on it",
        "status_resolved": "Closed",
        "outcome_resolved": "The unit has answered and closed this complaint.",
        "outcome_outside_remit": "This is outside our remit.",
        "outcome_not_a_complaint": "This was found to be no complaint.",
        "outcome_duplicate": "This is the same as another complaint that is being handled.",
        "received": "Received",
        "due": "Answer due by",
        "resolved": "Closed",
        "unit": "Handled by",
        "about": "About",
        "late": "Past its deadline: the unit's superior has been told.",
        "your_words": "Your words (numbers and personal data masked)",
        "erased": "The text of this complaint was erased on request.",
        "added": "What you added",
        "add": "Add something",
        "add_hint": "The unit that handles the complaint reads it.",
        "add_send": "Add",
        "thanks_added": "We have received what you added. It shows here within seconds.",
        "edit": "You edited your post:",
        "deletion": "You deleted your post.",
    },
}
TRACKING: Final = {language: WORDS[language] | words for language, words in _OWN.items()}
"""All words of the tracking page, those that every page has included."""
