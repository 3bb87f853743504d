"""What a file is, learnt from its bytes."""

import pytest

from uploads.contents import Contents
from uploads.errors import UnusableFile


def contents_of(*parts: bytes) -> Contents:
    contents = Contents()
    for part in parts:
        contents.feed(part)
    contents.finish()
    return contents


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"number,name\nA,Alfreds\n", "utf-8-sig"),
        ("number,name\nA,Müller\n".encode(), "utf-8-sig"),
        ("\ufeffnumber,name\nA,Müller\n".encode(), "utf-8-sig"),
        ("number,name\nA,Müller\n".encode("utf-16"), "utf-16"),
        ("number,name\nA,“Müller”\n".encode("windows-1252"), "windows-1252"),
        (b"number,name\nA,M\xfcller \x81\n", "latin-1"),  # 0x81 is nothing in Windows-1252
    ],
)
def test_the_encoding_is_found_out(data: bytes, encoding: str) -> None:
    assert contents_of(data).encoding == encoding


def test_a_character_may_lie_across_two_parts() -> None:
    data = "number,name\nA,Müller\n".encode()
    cut = data.index(b"\xc3") + 1
    assert contents_of(data[:cut], data[cut:]).encoding == "utf-8-sig"


def test_a_file_that_ends_within_a_character_is_no_utf_8() -> None:
    assert contents_of("A,Mü".encode()[:-1]).encoding == "windows-1252"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\xef\xbb\xbf\n  <HTML><table>", "web page"),
        (b'<?xml version="1.0"?>', "XML"),
        (b"number,name\nA,Al\x00freds\n", "byte 17 is zero"),
        ("number".encode("utf-32"), "UTF-32"),
    ],
)
def test_what_is_no_csv_is_refused_in_words(data: bytes, said: str) -> None:
    with pytest.raises(UnusableFile, match=said):
        contents_of(*([data] if data else []))


def test_a_nul_is_found_in_a_later_part_too() -> None:
    with pytest.raises(UnusableFile, match="byte 18 is zero"):
        contents_of(b"number,name\nA,", b"Alf\x00")


def test_size_and_hash_are_of_all_parts() -> None:
    together, apart = contents_of(b"a,b\n1,2\n"), contents_of(b"a,b\n", b"1,2\n")
    assert together.sha256 == apart.sha256
    assert apart.size == 8
