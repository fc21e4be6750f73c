"""`casework demo-matrix`: the whole thing on a real Matrix homeserver of its own."""
