"""What the bytes of a file are, learnt while they come in: text or not, and in which encoding.

Encodings are tried from the strictest to the one that fits everything: what is UTF-8 by chance is
hardly ever anything else.
"""

import codecs
from hashlib import sha256
from typing import Final

from uploads.errors import UnusableFile

#: Encoding → how people call it. Those that a person may choose.
ENCODINGS: Final = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "windows-1252": "Windows-1252 (Western European)",
    "latin-1": "ISO 8859-1 (Latin-1)",
}

_UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32_MARKS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)

#: First bytes → what such a file is.
_OTHER_KINDS: Final = {
    b"PK\x03\x04": "an Excel workbook (.xlsx) or another ZIP archive",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"{\\rtf": "a text document (RTF)",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
}
_MARKUP: Final = (b"<!doctype html", b"<html", b"<head", b"<body", b"<?xml", b"<table")

SAVE_AS: Final = "Save it as CSV and upload that."


class Contents:
    """Fed with all bytes in turn. `feed` and `finish` raise UnusableFile."""

    def __init__(self) -> None:
        self.size = 0
        self._digest = sha256()
        self._start = b""
        self._decoders = {
            name: codecs.getincrementaldecoder(name)() for name in ("utf-8-sig", "windows-1252")
        }
        self._is_utf_16 = False

    def feed(self, data: bytes) -> None:
        if not self._start:
            self._start = data[:1024]
            self._is_utf_16 = data.startswith(_UTF_16_MARKS)
            _require_text(self._start)
        if b"\0" in data and not self._is_utf_16:
            raise UnusableFile(
                f"This is not a text: byte {self.size + data.index(0) + 1} is zero. {SAVE_AS}"
            )
        self.size += len(data)
        self._digest.update(data)
        self._decode(data, final=False)

    def finish(self) -> None:
        if not self._start:
            raise UnusableFile("The file is empty.")
        self._decode(b"", final=True)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    @property
    def encoding(self) -> str:
        """Once all is fed."""
        if self._is_utf_16:
            return "utf-16"
        return next(iter(self._decoders), "latin-1")

    def _decode(self, data: bytes, *, final: bool) -> None:
        for name, decoder in list(self._decoders.items()):
            try:
                decoder.decode(data, final)
            except UnicodeDecodeError:
                del self._decoders[name]


def _require_text(start: bytes) -> None:
    """Raises UnusableFile for what has another name than it is."""
    if start.startswith(_UTF_32_MARKS):
        raise UnusableFile("The file is UTF-32, which is not read here. Save it as UTF-8.")
    for first_bytes, kind in _OTHER_KINDS.items():
        if start.startswith(first_bytes):
            raise UnusableFile(f"This is {kind}, not a CSV file. {SAVE_AS}")
    text = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if text.startswith(_MARKUP):
        raise UnusableFile(f"This is a web page or XML, not a CSV file. {SAVE_AS}")
