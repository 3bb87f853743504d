"""What a browser does with the pages of uploads."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from uploads.models import Upload

FILE = "number,name,Anything\nC-1,Acme,x\nC-2,,y\n"


def send(browser: Client, text: str | bytes, *, name: str = "new.csv") -> Any:
    data = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile(name, data)
    return browser.post(reverse("uploads:new"), {"record_type": "customer", "file": file})


def page(browser: Client, upload: Upload, **query: str) -> str:
    return browser.get(reverse("uploads:detail", args=[upload.pk]), query).content.decode()


def post(browser: Client, name: str, upload: Upload, **data: Any) -> Any:
    return browser.post(reverse(f"uploads:{name}", args=[upload.pk]), data, follow=True)


def reading(upload: Upload, **changed: Any) -> dict[str, Any]:
    """What a browser sends of the form for columns and encoding, with these boxes changed."""
    columns = {f"column_{n}": field or "" for n, field in enumerate(upload.columns)}
    fixed = {f"fixed_{field}": value for field, value in upload.fixed.items()}
    kept = {"check_number": upload.check_number, "blank": upload.blank}
    how = {"encoding": upload.encoding, "delimiter": upload.delimiter}
    return columns | fixed | kept | how | changed
