"""Other people's systems: a folder each, with its client, its fake and its settings."""
