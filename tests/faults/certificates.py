"""Certificates for a remote: good ones, and each kind of bad one. Made by the openssl command."""

import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Certificates:
    """An authority, `authority.pem`, and what it signs, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._openssl("req", "-x509", *KEY, *self._subject("authority"), "-days", "2")

    @property
    def authority(self) -> Path:
        return self._folder / "authority.pem"

    def good(self) -> ssl.SSLContext:
        return self._signed("good", "IP:127.0.0.1")

    def of_another_host(self) -> ssl.SSLContext:
        return self._signed("another", "DNS:another.example,IP:127.0.0.2")

    def expired(self) -> ssl.SSLContext:
        week_ago = datetime.now(UTC) - timedelta(days=7)
        return self._signed("expired", "IP:127.0.0.1", ends=week_ago)

    def self_signed(self) -> ssl.SSLContext:
        name = "alone"
        alternative = ("-addext", "subjectAltName=IP:127.0.0.1")
        self._openssl("req", "-x509", *KEY, *self._subject(name), *alternative, "-days", "2")
        return self._context(name)

    def _signed(self, name: str, alternative: str, ends: datetime | None = None) -> ssl.SSLContext:
        now = datetime.now(UTC)
        ends = ends or now + timedelta(days=2)
        (self._folder / "index.txt").write_text("")
        (self._folder / "ca.conf").write_text(
            "[ca]\ndefault_ca = own\n"
            f"[own]\ndatabase = {self._folder}/index.txt\nnew_certs_dir = {self._folder}\n"
            "default_md = sha256\npolicy = any\nrand_serial = yes\nx509_extensions = server\n"
            "[any]\ncommonName = supplied\n"
            f"[server]\nsubjectAltName = {alternative}\n"
        )
        self._openssl("req", *KEY, *self._subject(name, out="csr"))
        self._openssl(
            *("ca", "-batch", "-notext", "-config", "ca.conf"),
            *("-cert", "authority.pem", "-keyfile", "authority.key"),
            *("-startdate", _asn1(now - timedelta(days=30)), "-enddate", _asn1(ends)),
            *("-in", f"{name}.csr", "-out", f"{name}.pem"),
        )
        return self._context(name)

    @staticmethod
    def _subject(name: str, out: str = "pem") -> tuple[str, ...]:
        return ("-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.{out}")

    def _context(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        return context

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(
            ["openssl", *arguments], cwd=self._folder, check=True, capture_output=True, timeout=30
        )


def _asn1(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%SZ")
