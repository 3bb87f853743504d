"""What every record type shares: the write door, mapping, ownership, change log, pages."""
