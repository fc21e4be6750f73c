"""Notices by mail, over a relay that the operator trusts."""
