"""One retry-safe act each, behind a port."""
