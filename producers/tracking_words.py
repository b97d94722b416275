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
        "late": "Melewati tenggat.",
        "late_told": "Melewati tenggat: atasan unit sudah diberi tahu.",
        "not_kept": "Yang Anda tulis belum tersimpan. Salin dulu, lalu coba lagi sebentar lagi:",
        "your_words": "Kata-kata Anda (nomor dan data pribadi disamarkan)",
        "erased": "Isi aduan ini telah dihapus atas permintaan.",
        "added": "Yang Anda tambahkan",
        "add": "Tambahkan keterangan",
        "add_hint": "Tambahan dibaca oleh unit yang menangani.",
        "add_hint_closed": "Aduan ini ditutup. Dalam {hours} jam sejak ditutup, tambahan Anda membukanya kembali; "
        "sesudah itu tambahan menjadi aduan baru yang menyebut aduan ini.",
        "onward": "Tambahan Anda datang lama setelah aduan ditutup, dan menjadi aduan baru:",
        "onward_code": "kode rahasia",
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
        "late": "Past its deadline.",
        "late_told": "Past its deadline: the unit's superior has been told.",
        "not_kept": "What you wrote is not kept yet. Copy it, then try again in a moment:",
        "your_words": "Your words (numbers and personal data masked)",
        "erased": "The text of this complaint was erased on request.",
        "added": "What you added",
        "add": "Add something",
        "add_hint": "The unit that handles the complaint reads it.",
        "add_hint_closed": "This complaint is closed. Within {hours} hours of its closing, what you add opens it "
        "again; later it becomes a new complaint that names this one.",
        "onward": "What you added came long after the complaint was closed, and became a new one:",
        "onward_code": "secret code",
        "add_send": "Add",
        "thanks_added": "We have received what you added. It shows here within seconds.",
        "edit": "You edited your post:",
        "deletion": "You deleted your post.",
    },
}
TRACKING: Final = {language: WORDS[language] | words for language, words in _OWN.items()}
"""All words of the tracking page, those that every page has included."""
