"""Matrix, as Synapse speaks it: its client API and its admin API."""
