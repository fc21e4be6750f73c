"""The stories: which act follows which, and who is waited for."""
