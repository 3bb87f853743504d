"""The names that other systems' files have for the fields of a customer.

In the order of preference; names joined by "+" are columns that are the field together. Case,
blanks and punctuation do not matter.
"""

from collections.abc import Mapping
from typing import Final

COLUMN_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "number": (
        "Customer Id",
        "Customer No",
        "Customer Code",
        "Client Id",
        "Client Number",
        "Account Number",
        "Debtor Number",
        "Kundennummer",
        "Id",
    ),
    "name": (
        "Company",
        "Company Name",
        "Customer Name",
        "Customer",
        "Billing Company",
        "Display Name",
        "Organization",
        "Organisation",
        "Firma",
        "Full Name",
    ),
    "contact_person": (
        "Contact Name",
        "Contact",
        "First Name + Last Name",
        "Given Name + Family Name",
        "Billing First Name + Billing Last Name",
        "Vorname + Nachname",
        "Last Name",
        "First Name",
        "Ansprechpartner",
    ),
    "email": ("Email Address", "Mail", "Contact Email", "Billing Email"),
    "phone": (
        "Phone 1",
        "Phone Number",
        "Telephone",
        "Tel",
        "Telefon",
        "Billing Phone",
        "Mobile",
    ),
    "street": (
        "Address",
        "Street Address",
        "Address 1",
        "Address Line 1 + Address Line 2",
        "Address Line 1",
        "Billing Street",
        "Billing Address",
        "Straße",
        "Strasse",
    ),
    "city": ("Town", "Billing City", "Ort", "Stadt"),
    "region": ("State", "Province", "County", "State / Province", "Billing State", "Bundesland"),
    "postal_code": (
        "Zip",
        "Zip Code",
        "Postcode",
        "Post Code",
        "Postal",
        "Billing Zipcode",
        "Billing Postcode",
        "PLZ",
    ),
    "country": (
        "Country Code",
        "Country Name",
        "Billing Country",
        "Billing Country Code",
        "Land",
    ),
    "tax_id": ("VAT Id", "VAT Number", "VAT", "Tax Number", "USt-Id", "USt-IdNr"),
    "currency": ("Currency Code", "Währung"),
    "status": ("Customer Status",),
    "notes": ("Note", "Comment", "Comments", "Remarks", "Bemerkung"),
}
