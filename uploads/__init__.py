"""CSV uploads: files of many records, checked, shown, confirmed and saved in the background."""
