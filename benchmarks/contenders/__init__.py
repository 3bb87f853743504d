"""Those that deliver, one module each: ours, the ceiling, and what a user would take instead."""
