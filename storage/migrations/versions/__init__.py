"""Each file says its `revision` and the one before it."""
