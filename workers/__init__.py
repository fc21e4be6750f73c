"""Processes: wiring, runner, settings, telemetry."""
