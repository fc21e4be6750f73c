"""Pages for on-call, as PagerDuty takes them."""
