"""What the public pages say, in Indonesian and English: the form and its receipt, and what every page has."""

from typing import Final

WORDS: Final[dict[str, dict[str, str]]] = {
    "id": {
        "language": "Bahasa",
        "title": "Sampaikan pengaduan",
        "intro": "Untuk pengaduan, pertanyaan dan usul tentang pendidikan dan kebudayaan. Tidak perlu akun.",
        "text": "Apa yang terjadi?",
        "text_hint": "Ceritakan dengan kata-kata sendiri: apa, di mana, kapan, siapa. Wajib diisi.",
        "subject": "Judul (boleh kosong)",
        "kategori": "Tentang apa?",
        "provinsi": "Provinsi",
        "place": "Tempat: kabupaten/kota, sekolah atau kampus",
        "who": "Tentang Anda (boleh kosong)",
        "who_hint": "Anda boleh melapor tanpa nama. Data ini disegel dan hanya dibuka oleh petugas yang berwenang.",
        "name": "Nama",
        "email": "Surel",
        "phone": "Nomor telepon",
        "kerahasiaan": "Siapa yang boleh membaca?",
        "attachments": "Lampiran",
        "attachments_hint": "Gambar, PDF, dokumen, rekaman, teks, ZIP; maksimal 10 berkas @ 10 MB, semuanya 25 MB.",
        "unsure": "Tidak tahu / biarkan petugas memilih",
        "send": "Kirim",
        "thanks": "Pengaduan Anda sudah kami terima",
        "keep": "Simpan nomor dan kode ini: hanya dengan keduanya Anda dapat mengikuti dan menambah pengaduan.",
        "number": "Nomor pengaduan",
        "secret": "Kode rahasia",
        "secret_hint": "Jangan bagikan kode rahasia kepada siapa pun, termasuk petugas.",
        "again": "Sampaikan pengaduan lain",
        "skip": "Langsung ke isi",
        "pages": "Halaman",
        "to_form": "Sampaikan aduan",
        "to_tracking": "Lacak aduan",
        "place_hint": "Ketik sebagian nama sekolah, NPSN, kabupaten atau kota, lalu tekan Cari. Boleh juga diisi saja.",
        "search": "Cari",
        "found": "Yang mana?",
        "nothing_found": "Tidak ditemukan. Isian Anda tetap kami terima apa adanya.",
        "none_of_these": "Bukan salah satunya",
        "files_lost": "Berkas perlu dipilih lagi sebelum dikirim.",
        "trap": "Kosongkan isian ini",
        "kerahasiaan_unsure": "Petugas yang menentukan. Kekerasan, korupsi dan anak korban selalu dirahasiakan.",
        "kerahasiaan_publik": "Isi boleh dibaca semua petugas, ringkasannya boleh tampil untuk umum. Nama Anda tidak.",
        "kerahasiaan_anonim": "Isi boleh dibaca petugas, tetapi nama dan kontak Anda disembunyikan dari mereka.",
        "kerahasiaan_rahasia": "Hanya unit yang menangani dan pengawas yang dapat membuka isi dan nama Anda.",
        "danger": "Kalau ada yang dalam bahaya sekarang, hubungi:",
        "told": "Aduan ini kami dahulukan, karena mungkin ada yang dalam bahaya.",
        "follow": "Lihat perkembangan aduan",
        "notice_machine": "Kiriman ini belum kami terima: halamannya terlalu lama terbuka, atau dikirim terlalu cepat. "
        "Isian Anda masih ada di sini: tekan Kirim sekali lagi.",
        "missing": "Isian ini wajib diisi.",
        "too_long": "Isian ini terlalu panjang.",
        "unknown_code": "Pilih salah satu dari daftar.",
        "too_many": "Terlalu banyak berkas.",
        "too_large": "Berkas terlalu besar.",
        "wrong": "Isian ini belum benar.",
        "notice_fields": "Ada isian yang belum benar. Pengaduan belum terkirim. Lampiran perlu dipilih lagi.",
        "notice_conflict": "Formulir ini sudah dikirim dengan isi lain. Kirim lagi untuk membuat pengaduan baru.",
        "notice_away": "Pengaduan belum dapat kami simpan. Isian Anda masih ada di sini: kirim lagi sebentar lagi.",
        "notice_rate": "Terlalu banyak kiriman dari alamat ini. Tunggu sebentar, lalu kirim lagi.",
        "notice_large": "Kiriman terlalu besar. Kurangi lampiran, lalu kirim lagi.",
        "notice_other": "Pengaduan belum terkirim. Periksa isian, lalu kirim lagi.",
    },
    "en": {
        "language": "Language",
        "title": "File a complaint",
        "intro": "For complaints, questions and suggestions about education and culture. No account needed.",
        "text": "What happened?",
        "text_hint": "Tell it in your own words: what, where, when, who. Required.",
        "subject": "Title (optional)",
        "kategori": "What is it about?",
        "provinsi": "Province",
        "place": "Place: regency or city, school or campus",
        "who": "About you (optional)",
        "who_hint": "You may report without a name. These details are sealed; only authorised staff can open them.",
        "name": "Name",
        "email": "Email",
        "phone": "Phone number",
        "kerahasiaan": "Who may read it?",
        "attachments": "Attachments",
        "attachments_hint": "Pictures, PDF, documents, recordings, text, ZIP; at most 10 of 10 MB, 25 MB together.",
        "unsure": "Not sure / let staff choose",
        "send": "Send",
        "thanks": "We have received your complaint",
        "keep": "Keep this number and code: only with both can you follow your complaint or add to it.",
        "number": "Complaint number",
        "secret": "Secret code",
        "secret_hint": "Share the secret code with nobody, staff included.",
        "again": "File another complaint",
        "skip": "Skip to content",
        "pages": "Pages",
        "to_form": "File a complaint",
        "to_tracking": "Track a complaint",
        "place_hint": "Type part of a school's name, its NPSN or a place, then press Search. Or just fill it in.",
        "search": "Search",
        "found": "Which one?",
        "nothing_found": "Nothing found. We take what you typed as it is.",
        "none_of_these": "None of these",
        "files_lost": "Please choose your files again before you send.",
        "trap": "Leave this field empty",
        "kerahasiaan_unsure": "Let staff decide. Violence, corruption and child victims are always kept confidential.",
        "kerahasiaan_publik": "All staff may read it, and a summary may be shown to the public. Never your name.",
        "kerahasiaan_anonim": "Staff may read it, but your name and contacts are hidden from them.",
        "kerahasiaan_rahasia": "Only the unit that handles it and inspectors can open the words and your name.",
        "danger": "If anybody is in danger now, call:",
        "told": "We look at this first, because somebody may be in danger.",
        "follow": "See how your complaint is going",
        "notice_machine": "We have not received this yet: the page was open for too long, or it was sent too fast. "
        "Your words are still here: press Send once more.",
        "missing": "This field is required.",
        "too_long": "This field is too long.",
        "unknown_code": "Choose one from the list.",
        "too_many": "Too many files.",
        "too_large": "The file is too large.",
        "wrong": "This field is not right yet.",
        "notice_fields": "Some fields are not right yet. Nothing was sent. Please choose your files again.",
        "notice_conflict": "This form was sent before with other words. Send again to make a new complaint.",
        "notice_away": "We could not keep your complaint just now. Your words are still here: send again in a moment.",
        "notice_rate": "Too many requests from this address. Wait a moment, then send again.",
        "notice_large": "This is too large. Send fewer or smaller files.",
        "notice_other": "Nothing was sent. Check the fields, then send again.",
    },
}

CODES: Final = {
    "missing": "missing",
    "string_too_short": "missing",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "unknown_code": "unknown_code",
    "too_many": "too_many",
    "too_large": "too_large",
}
"""From the code of a field error to what the form says; anything else is `wrong`."""

NOTICES: Final = {413: "notice_large", 422: "notice_fields", 429: "notice_rate", 503: "notice_away"}
"""From a status to what stands above the form."""


def choose_language(asked: str | None, accept: str | None) -> str:
    """`id` or `en`: what the link says, else what the browser prefers, else Indonesian."""
    if asked in WORDS:
        return asked
    best, language = 0.0, "id"
    for part in (accept or "")[:200].split(","):
        tag, _, weight = part.strip().partition(";q=")
        primary = tag.partition("-")[0].lower()
        primary = "id" if primary in {"in", "ms"} else primary
        try:
            value = float(weight) if weight else 1.0
        except ValueError:
            continue
        if primary in WORDS and value > best:
            best, language = value, primary
    return language
