"""Connectors: one file per kind of destination. They know no models and no record types."""
