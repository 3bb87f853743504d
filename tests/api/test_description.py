"""The description of the API: OpenAPI, complete, and true to what is answered."""

from typing import Any

import pytest
from django.core.management import call_command

from customers.models import Customer
from tests.api.conftest import CUSTOMERS, Api, etag

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def description(api: Api) -> Any:
    answer = api.get("/api/v1/openapi.json", accept="application/json")
    assert answer.status_code == 200
    return answer.json()


def operations(description: Any) -> list[tuple[str, str, Any]]:
    return [
        (path, method, item[method])
        for path, item in description["paths"].items()
        for method in METHODS
        if method in item
    ]


def test_the_description_is_valid_and_made_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "api.yaml"))


def test_it_is_openapi_3_1(description: Any) -> None:
    assert description["openapi"].startswith("3.1.")
    assert set(description["components"]["securitySchemes"]) == {"bearer", "cookieAuth"}


def test_every_operation_is_there(description: Any) -> None:
    found = {
        f"{method} {path}" for path, method, _ in operations(description) if "products" not in path
    }
    assert found == {
        "get /api/v1/",
        "get /api/v1/customers",
        "post /api/v1/customers",
        "get /api/v1/customers/{key}",
        "put /api/v1/customers/{key}",
        "patch /api/v1/customers/{key}",
        "delete /api/v1/customers/{key}",
        "get /api/v1/customers/{key}/sync",
    }


def test_every_operation_on_records_tells_its_problems(description: Any) -> None:
    for path, method, operation in operations(description):
        if path == "/api/v1/":
            continue
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (path, method)
        assert {"401", "403", "406", "500", "503"} <= set(operation["responses"])


def test_bodies_have_an_example_that_can_be_sent(api: Api, description: Any) -> None:
    for path, method, operation in operations(description):
        if method != "post":
            continue
        body = operation["requestBody"]["content"]["application/json"]
        assert api.post(path, body["examples"]["Body"]["value"]).status_code == 201


def test_an_answer_has_the_members_that_are_described(
    api: Api, acme: Customer, description: Any
) -> None:
    schemas = description["components"]["schemas"]
    got = api.get(f"{CUSTOMERS}/C-1").json()
    assert set(got) == set(schemas["Customer"]["properties"])
    assert set(got["sync"]) == set(schemas["Sync"]["properties"])
    assert set(got["sync"]["destinations"][0]) == set(schemas["DestinationSync"]["properties"])
    written = api.patch(f"{CUSTOMERS}/C-1", {"city": "Ulm"}, if_match=etag(acme)).json()
    assert set(written) == set(schemas["CustomerWritten"]["properties"])
    assert set(written["sync"]) == set(schemas["EditSync"]["properties"])
    sync = api.get(f"{CUSTOMERS}/C-1/sync").json()
    assert set(sync) == set(schemas["RecordSync"]["properties"])
    deleted = api.delete(f"{CUSTOMERS}/C-1", if_match="*").json()
    assert set(deleted) == set(schemas["Deleted"]["properties"])


def test_what_the_erp_keeps_is_described_as_read_only(description: Any) -> None:
    schemas = description["components"]["schemas"]
    limit = schemas["Customer"]["properties"]["credit_limit"]
    assert limit["readOnly"] is True
    assert "Kept by the ERP" in limit["description"]
    assert "credit_limit" not in schemas["CustomerRequest"]["properties"]


def test_the_key_is_required_to_create_and_not_to_replace(description: Any) -> None:
    schemas = description["components"]["schemas"]
    assert set(schemas["CustomerRequest"]["required"]) == {"number", "name"}
    assert schemas["CustomerReplacementRequest"]["required"] == ["name"]


def test_the_version_of_a_record_is_described(description: Any) -> None:
    get = description["paths"]["/api/v1/customers/{key}"]["get"]
    assert "ETag" in get["responses"]["200"]["headers"]
    patch = description["paths"]["/api/v1/customers/{key}"]["patch"]
    assert "If-Match" in {parameter["name"] for parameter in patch["parameters"]}
