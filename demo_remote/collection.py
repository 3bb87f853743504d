"""The collections the remote keeps, as data. A new one is a new entry here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Collection:
    """One kind of entity, e.g. customers."""

    name: str
    """As in the path: `/api/{name}`."""
    key_field: str
    """The member that names an entity; chosen by the sender, never changed."""
    id_prefix: str
    """Starts the remote's own ids: "C" makes "C-000012"."""
    remote_field: str
    """The member that only the remote itself may change."""
    initial: str
    """The decimal text that `remote_field` starts at; its places are the field's places."""

    @property
    def places(self) -> int:
        """How many decimal places `remote_field` has."""
        return len(self.initial.partition(".")[2])


COLLECTIONS: Mapping[str, Collection] = {
    collection.name: collection
    for collection in (
        Collection(
            name="customers",
            key_field="customer_no",
            id_prefix="C",
            remote_field="credit_limit",
            initial="5000.00",
        ),
        Collection(
            name="products",
            key_field="item_no",
            id_prefix="P",
            remote_field="quantity_on_hand",
            initial="0.000",
        ),
    )
}


def with_credit_limit(initial: str) -> Mapping[str, Collection]:
    """The collections, with another credit limit for new customers (two places)."""
    customers = COLLECTIONS["customers"]
    text = decimal_text(initial, places=customers.places)
    return {**COLLECTIONS, "customers": replace(customers, initial=text)}


def decimal_text(text: str, *, places: int) -> str:
    """`text` as a decimal with exactly `places` places: "12.5" becomes "12.50".

    Raises ValueError when it is no plain decimal, or has more places or over 12 whole digits.
    """
    parts = re.fullmatch(r"(-?)([0-9]{1,12})(?:\.([0-9]+))?", text.strip())
    fraction = (parts[3] or "") if parts else ""
    if parts is None or len(fraction) > places:
        raise ValueError(f"must be a decimal number with at most {places} places")
    whole = parts[2].lstrip("0") or "0"
    return f"{parts[1]}{whole}.{fraction.ljust(places, '0')}"
