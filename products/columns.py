"""The names that other systems' files have for the fields of a product.

In the order of preference; case, blanks and punctuation do not matter.
"""

from collections.abc import Mapping
from typing import Final

COLUMN_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "sku": (
        "Product Id",
        "Product Number",
        "Product Code",
        "Variant SKU",
        "Article Number",
        "Article No",
        "Item Number",
        "Item No",
        "Part Number",
        "Artikelnummer",
        "Id",
    ),
    "name": ("Product Name", "Product", "Title", "Article Name", "Item Name", "Bezeichnung"),
    "description": (
        "Body (HTML)",
        "Long Description",
        "Product Description",
        "Short Description",
        "Beschreibung",
    ),
    "category": ("Categories", "Product Category", "Category Name", "Product Type", "Kategorie"),
    "unit": ("Quantity per Unit", "Unit of Measure", "UoM", "Einheit"),
    "price": ("Unit Price", "Regular Price", "List Price", "Variant Price", "Preis"),
    "currency": ("Currency Code", "Price Currency", "Währung"),
    "gtin": ("EAN", "UPC", "Barcode", "Variant Barcode", "GTIN, UPC, EAN, or ISBN"),
    "weight": ("Weight (kg)", "Weight in kg", "Gewicht (kg)"),
    "status": ("Product Status",),
}
