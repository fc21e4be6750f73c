"""Pages for on-call, posted into a channel."""
