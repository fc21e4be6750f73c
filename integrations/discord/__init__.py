"""Acting in a Discord server: messages deleted, members timed out, kicked and banned."""
