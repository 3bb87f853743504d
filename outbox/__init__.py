"""The outbox: record edits beside the data, deliver them at least once, in order per record."""
