"""Standard Webhooks: how we sign what we send, and know that what we receive is genuine."""
