"""Reviews handed out to ROOST Coop, and what comes back."""
