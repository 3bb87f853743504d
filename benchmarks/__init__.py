"""How fast delivery is, measured against its peers; docs/benchmarks.md has method and results."""
