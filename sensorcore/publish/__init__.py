"""A moment for other programs: one JSON object with a schema."""
