"""The small text model that runs in our own process: it knows swearing and insult, no more."""
