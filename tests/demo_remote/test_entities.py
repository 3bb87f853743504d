import pytest

from tests.demo_remote.client import ALICE, Client, path_of


def test_it_creates_a_customer_with_an_id_and_the_initial_credit_limit(client: Client) -> None:
    reply = client.create(ALICE)
    assert reply.status_code == 201
    assert reply.json() == {
        **ALICE,
        "id": "C-000001",
        "sequence": None,
        "credit_limit": "5000.00",
    }


def test_it_creates_a_product_with_an_id_and_nothing_on_hand(client: Client) -> None:
    reply = client.send("POST", "/api/products", json={"item_no": "BREAD", "price": "2.50"})
    assert reply.status_code == 201
    assert (reply.json()["id"], reply.json()["quantity_on_hand"]) == ("P-000001", "0.000")


def test_it_refuses_to_create_a_live_key_again(client: Client, alice: object) -> None:
    reply = client.create(ALICE)
    assert reply.status_code == 409
    assert reply.json()["error"] == "already_exists"


@pytest.mark.parametrize("key", [None, "", 7, ["ALICE"]])
def test_it_refuses_to_create_without_a_text_key(client: Client, key: object) -> None:
    reply = client.create({"customer_no": key})
    assert reply.status_code == 422
    assert reply.json()["field"] == "customer_no"


def test_it_updates_only_the_given_fields(client: Client, alice: object) -> None:
    client.update("ALICE", {"phone": "030-1"})
    reply = client.update("ALICE", {"display_name": "Alice & Sons"})
    assert reply.status_code == 200
    assert reply.json()["display_name"] == "Alice & Sons"
    assert reply.json()["phone"] == "030-1"


def test_it_merges_a_nested_object_one_level_deep(client: Client) -> None:
    address = {"city": "Berlin", "street": "A 1", "geo": {"lat": 52, "lon": 13}}
    client.create({**ALICE, "address": address})
    reply = client.update("ALICE", {"address": {"city": "Bonn", "geo": {"lat": 50}}})
    assert reply.json()["address"] == {"city": "Bonn", "street": "A 1", "geo": {"lat": 50}}


def test_it_replaces_a_nested_object_by_null(client: Client) -> None:
    client.create({**ALICE, "address": {"city": "Berlin"}})
    assert client.update("ALICE", {"address": None}).json()["address"] is None


def test_it_does_not_find_a_missing_key(client: Client) -> None:
    replies = [client.show("BOB"), client.update("BOB", {}), client.delete("BOB")]
    assert [reply.status_code for reply in replies] == [404, 404, 404]
    assert {reply.json()["error"] for reply in replies} == {"not_found"}


def test_it_refuses_to_change_the_key(client: Client, alice: object) -> None:
    reply = client.update("ALICE", {"customer_no": "BOB"})
    assert reply.status_code == 422
    assert reply.json()["field"] == "customer_no"


def test_it_takes_an_update_that_repeats_the_key(client: Client, alice: object) -> None:
    assert client.update("ALICE", ALICE).status_code == 200


@pytest.mark.parametrize("name", ["credit_limit", "id", "sequence"])
def test_it_refuses_a_write_to_what_it_owns(client: Client, alice: object, name: str) -> None:
    created = client.create({"customer_no": "BOB", name: "1.00"})
    updated = client.update("ALICE", {name: "1.00"})
    for reply in (created, updated):
        assert reply.status_code == 422
        assert (reply.json()["error"], reply.json()["field"]) == ("invalid", name)
    assert client.show("BOB").status_code == 404


def test_it_deletes_and_replies_the_last_values(client: Client, alice: dict[str, object]) -> None:
    reply = client.delete("ALICE")
    assert (reply.status_code, reply.json()) == (200, alice)
    assert client.show("ALICE").status_code == 404


def test_it_gives_a_key_created_again_a_new_id_and_no_old_fields(
    client: Client, alice: object
) -> None:
    client.update("ALICE", {"phone": "030-1"})
    client.delete("ALICE")
    reply = client.create(ALICE)
    assert (reply.status_code, reply.json()["id"]) == (201, "C-000002")
    assert "phone" not in reply.json()


@pytest.mark.parametrize("key", ["A/B", "A B", "Käse & Söhne", "日本", "100%", "?x=1#y", "..."])
def test_it_finds_any_percent_encoded_key(client: Client, key: str) -> None:
    client.create({"customer_no": key})
    assert client.update(key, {"phone": "1"}).status_code == 200
    assert client.show(key).json()["customer_no"] == key


def test_it_lists_by_key_page_by_page(client: Client) -> None:
    for key in ("CHARLIE", "ALICE", "BOB"):
        client.create({"customer_no": key})
    first = client.get("/api/customers?limit=2").json()
    assert [item["customer_no"] for item in first["items"]] == ["ALICE", "BOB"]
    assert first["next"] == "BOB"
    second = client.get("/api/customers?limit=2&after=BOB").json()
    assert [item["customer_no"] for item in second["items"]] == ["CHARLIE"]
    assert second["next"] is None


def test_it_names_no_next_key_when_the_page_holds_the_rest(client: Client, alice: object) -> None:
    assert client.get("/api/customers?limit=1").json() == {"items": [alice], "next": None}


def test_it_lists_no_deleted_entity(client: Client, alice: object) -> None:
    client.delete("ALICE")
    assert client.get("/api/customers").json() == {"items": [], "next": None}


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "9" * 5000])
def test_it_refuses_a_limit_out_of_range(client: Client, limit: str) -> None:
    reply = client.get(f"/api/customers?limit={limit}")
    assert (reply.status_code, reply.json()["field"]) == (400, "limit")


def test_it_does_not_know_other_collections(client: Client) -> None:
    assert client.get("/api/suppliers").status_code == 404
    assert client.send("POST", "/api/suppliers", json={}).status_code == 404


def test_it_answers_a_ping(client: Client) -> None:
    assert client.get("/api/ping").json() == {"ok": True}


def test_it_names_the_methods_a_path_has(client: Client) -> None:
    reply = client.send("POST", path_of("ALICE"), json={})
    assert reply.status_code == 405
    assert reply.json()["error"] == "method_not_allowed"
