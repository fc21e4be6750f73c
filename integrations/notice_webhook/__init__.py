"""Notices to the platform itself, for an inbox of its own or whatever it has to reach people."""
