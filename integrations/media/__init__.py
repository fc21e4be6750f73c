"""Pictures at addresses that others gave us: fetched with care, and made anew to be looked at."""
