"""What a REST API needs whatever it serves: problems, strict JSON, entity tags, pages of a list."""
