"""Bodies that are no JSON, or not the JSON that everybody reads alike."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.parsing import LARGEST
from customers.models import Customer
from tests.api.conftest import CUSTOMERS, PRODUCTS, Api, kind

ACME = f"{CUSTOMERS}/C-1"


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"name": "\xff"}',
        b'{"name": "A", "name": "B"}',
        b'{"x": {"a": 1, "a": 2}}',
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": -Infinity}',
        b'{"price": 1E+9999999999999999999999}',
        b'{"price": ' + b"9" * 5000 + b"}",
        b'{"price": 0.' + b"9" * 5000 + b"}",
        b'{"\\u0000": 1}',
        b'{"\\ud800": 1}',
        b"[]",
        b'"text"',
        b"null",
        b"1",
        b"{",
        b"{} {}",
        b"'a'",
        b" ",
        "{}".encode("utf-16"),
        b"\xef\xbb\xbf{}",
    ],
    ids=lambda raw: repr(raw[:30]),
)
def test_what_is_not_strict_json_is_refused(api: Api, raw: bytes) -> None:
    for method, path in (("POST", CUSTOMERS), ("PUT", ACME)):
        answer = api.send(method, path, raw)
        assert (answer.status_code, kind(answer)) == (400, "malformed")


@pytest.mark.parametrize(("method", "path"), [("POST", CUSTOMERS), ("PUT", ACME), ("PATCH", ACME)])
def test_an_empty_body_is_refused(api: Api, acme: Customer, method: str, path: str) -> None:
    answer = api.send(method, path, b"", if_match="*")
    assert (answer.status_code, kind(answer)) == (400, "malformed")


def test_a_number_too_large_for_its_field_is_an_error_there(api: Api) -> None:
    answer = api.post(PRODUCTS, b'{"sku": "B", "name": "B", "price": 1E+999999}')
    assert (answer.status_code, kind(answer)) == (400, "invalid")


def test_a_body_may_have_a_mebibyte_and_not_a_byte_more(api: Api) -> None:
    empty = len(b'{"notes": ""}')
    fits = api.post(CUSTOMERS, b'{"notes": "%s"}' % (b"a" * (LARGEST - empty)))
    too_large = api.post(CUSTOMERS, b'{"notes": "%s"}' % (b"a" * (LARGEST - empty + 1)))
    assert (fits.status_code, kind(fits)) == (400, "invalid")
    assert (too_large.status_code, kind(too_large)) == (413, "too-large")
    assert kind(api.post(CUSTOMERS, b" " * (10 * LARGEST))) == "too-large"


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/xml",
        "application/merge-patch+json",
        "nonsense",
        "application/json-seq",
    ],
)
def test_only_json_is_read(api: Api, media_type: str) -> None:
    answer = api.post(CUSTOMERS, b'{"number": "C-1", "name": "A"}', content_type=media_type)
    assert (answer.status_code, kind(answer)) == (415, "unsupported-media-type")
    assert not Customer.objects.exists()


def test_a_compressed_body_is_refused(api: Api) -> None:
    assert kind(api.post(CUSTOMERS, {}, content_encoding="gzip")) == "unsupported-media-type"


def test_a_body_of_unknown_length_is_refused(api: Api) -> None:
    answer = api.post(CUSTOMERS, b"", transfer_encoding="chunked")
    assert (answer.status_code, kind(answer)) == (411, "length-required")


def test_a_thousand_wrong_fields_do_not_come_back_as_a_thousand_errors(api: Api) -> None:
    answer = api.post(CUSTOMERS, {f"x{number}": 1 for number in range(1000)})
    assert len(answer.json()["errors"]) == 100


FIELDS = [field.name for field in Customer.data_fields()] + ["price", "id", "sync", "", "a/b"]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(st.characters(codec=None, categories=None) | st.sampled_from("\0\ud800٣"))
    | st.sampled_from(["DE", "EUR", "a@b.example", "1e5", "active", "+49 30 123456"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), VALUES) | VALUES)
def test_no_body_is_our_mistake(api: Api, body: Any) -> None:
    raw = json.dumps(body).encode()
    for path in (CUSTOMERS, PRODUCTS):
        assert api.post(path, raw).status_code < 500
    assert api.put(ACME, raw, if_match="*").status_code < 500
    assert api.put(f"{CUSTOMERS}/C-2", raw).status_code < 500
    assert api.patch(ACME, raw, if_match="*").status_code < 500


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raw=st.binary(min_size=1, max_size=40))
def test_no_bytes_are_our_mistake(api: Api, raw: bytes) -> None:
    assert api.post(CUSTOMERS, raw).status_code < 500
