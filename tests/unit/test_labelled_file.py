"""Labelled files as people make them: what is taken, and what is refused with its line and column."""

import json
from pathlib import Path

import pytest

from aduan.labelled_file import LabelledFile, positions, read_labelled, unescaped
from schemas.errors import SettingsError


def read(folder: Path, text: str, name: str = "texts.tsv") -> LabelledFile:
    path = folder / name
    path.write_bytes(text.encode())
    return read_labelled(path)


def refusal(folder: Path, text: str, name: str = "texts.tsv") -> str:
    with pytest.raises(SettingsError) as error:
        read(folder, text, name)
    return str(error.value).removeprefix(f"{folder}/")


def test_columns_may_stand_in_any_order_and_unknown_ones_are_named(tmp_path: Path) -> None:
    found = read(tmp_path, "kategori\tnote\ttext\tid\nPIP\tx\tPIP belum cair\t7\n")
    assert found.ignored == ["note"]
    [row] = found.rows
    assert (row.id, row.text, row.title, row.labels) == ("7", "PIP belum cair", "", {"kategori": "pip"})


def test_a_bom_and_line_ends_of_windows_are_no_part_of_a_value(tmp_path: Path) -> None:
    found = read(tmp_path, "\ufeffid\ttext\tjenis\r\n1\tada\tpengaduan\r\n\r\n2\tlagi\t-\r\n")
    assert [(row.line, row.id, row.text, dict(row.labels)) for row in found.rows] == [
        (2, "1", "ada", {"jenis": "pengaduan"}),
        (4, "2", "lagi", {}),
    ]


def test_quotes_are_part_of_a_text_and_line_separators_of_unicode_too(tmp_path: Path) -> None:
    [first, second] = read(tmp_path, 'id\ttext\n1\t"kata" saja\n2\tsatu\u2028dua\x85tiga\n').rows
    assert (first.text, second.text) == ('"kata" saja', "satu\u2028dua\x85tiga")


def test_escaped_tabs_and_line_ends_are_read_as_such_and_positions_lead_back(tmp_path: Path) -> None:
    [row] = read(tmp_path, "id\ttext\n1\tsatu\\n\\tdua C:\\\\x \\q\n").rows
    assert row.text == "satu\n\tdua C:\\x \\q"
    places = positions(row.given)
    assert len(places) == len(row.text) + 1
    at = row.text.index("dua")
    assert row.given[places[at] : places[at + 3]] == "dua"
    assert unescaped("tanpa") == "tanpa"


def test_a_province_may_be_a_code_a_name_or_one_of_its_kabupaten(tmp_path: Path) -> None:
    rows = read(tmp_path, "id\ttext\tprovinsi\n1\ta\t35\n2\ta\tJawa Timur\n3\ta\t3578\n").rows
    assert [row.labels["provinsi"] for row in rows] == ["35", "35", "35"]


def test_json_lines_need_only_id_and_text(tmp_path: Path) -> None:
    lines = [{"id": 3, "text": "a\tb\r\nc"}, {"id": "x", "text": "", "kategori": None, "kategori_alt": ["pip", "bos"]}]
    found = read(tmp_path, "\n".join(map(json.dumps, lines)), "texts.jsonl")
    assert [(row.id, row.text, row.given) for row in found.rows] == [("3", "a\tb\r\nc", "a\tb\r\nc"), ("x", "", "")]
    assert found.rows[1].labels == {"kategori_alt": "pip bos"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "texts.tsv: holds no row"),
        ("id\tkategori\n", "texts.tsv line 1: the header has no column text"),
        ("id\ttext\ttext\n", "texts.tsv line 1, column text: stands twice in the header"),
        ("id\ttext\n1\ta\n1\tb\n", "texts.tsv line 3, column id: stands in line 2 already"),
        ("id\ttext\n\ta\n", "texts.tsv line 2, column id: empty"),
        ("id\ttext\n1\ta\tb\n", "texts.tsv line 2: 3 columns, the header has 2"),
        ("id\ttext\n1\n", "texts.tsv line 2: 1 columns, the header has 2"),
        ("id\ttext\tkategori\n1\ta\tpipp\n", "texts.tsv line 2, column kategori: 'pipp' is no code of the taxonomy"),
        ("id\ttext\tprovinsi\n1\ta\tAtlantis\n", "column provinsi: neither the code nor the name of a province"),
    ],
)
def test_a_wrong_table_is_refused_by_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": 1', "line 1: not valid JSON"),
        ("[" * 100_000, "line 1: not valid JSON"),
        ("[1]", "line 1: must be an object with id and text"),
        ('{"id": 1}', "line 1, column text: missing"),
        ('{"text": "a"}', "line 1, column id: missing"),
        ('{"id": 1, "text": 7}', "line 1, column text: must be a string"),
        ('{"id": true, "text": ""}', "line 1, column id: must be a string"),
    ],
)
def test_wrong_json_is_refused_by_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, text, "texts.jsonl")


def test_bytes_that_are_no_text_are_refused_by_line(tmp_path: Path) -> None:
    path = tmp_path / "texts.tsv"
    path.write_bytes(b"id\ttext\n1\tabc\xff\n")
    with pytest.raises(SettingsError, match="line 2: byte 6 is not UTF-8"):
        read_labelled(path)
    with pytest.raises(SettingsError, match="No such file"):
        read_labelled(tmp_path / "none.tsv")
