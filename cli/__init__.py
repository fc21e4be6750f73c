"""The casework command."""
