"""Several cases on one account, of which a ban makes the others pointless."""

from casework.base import Model, Slug

MERGED = "merged_into_a_ban"
"""Why such a case ended: nobody ruled on it."""

SEPARATED = "ban_taken_back"
"""Why people are asked again: what the case was merged into no longer stands."""


class Sibling(Model):
    """A case that waits for people, under the policy it began with, and the decision to ban."""

    case_id: str
    harm: Slug
    policy_version: int
    review_id: str
    ban: str


class MergedCase(Model):
    case_id: str
    harm: Slug
    round: int
