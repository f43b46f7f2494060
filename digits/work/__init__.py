"""Much to read, on all cores."""
