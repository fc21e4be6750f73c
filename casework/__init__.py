"""The language of cases: what is detected, decided, done, explained and taken back."""
