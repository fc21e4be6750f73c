"""Current details: what on-call reads at the top of a workflow's page. Markdown, ids only."""

from casework.orders import AppealBrief, Brief, Decided
from casework.recalls import RecallStart, RecallStretch
from casework.words import Verdict


def of_a_case(brief: Brief) -> str:
    return _page(
        f"**{brief.harm}** case on a {brief.item_type}, severity **{brief.severity}**,"
        f" policy v{brief.policy_version}, round {brief.round}",
        "Stage: **checking**",
        _links(brief),
    )


def of_a_review(brief: Brief, asked: Decided) -> str:
    desk = asked.ticket.desk if asked.ticket else ""
    due = asked.ticket.due_at.isoformat(timespec="minutes") if asked.ticket else ""
    return _page(
        f"**{brief.harm}** case, severity **{brief.severity}**: waits for a person",
        f"Stage: **review** at desk **{desk}**, due {due}; why: `{asked.reason}`",
        _links(brief),
    )


def of_a_decision(brief: Brief, decided: Decided) -> str:
    return _page(
        f"**{brief.harm}** case, severity **{brief.severity}**: ruled **{decided.verdict}**",
        f"Stage: **enforcing**; decision `{decided.decision_id}`, why: `{decided.reason}`",
        _links(brief),
    )


def of_the_end(brief: Brief, decided: Decided) -> str:
    ended = decided.outcome or ("enforced" if decided.verdict is Verdict.ENFORCE else "dismissed")
    actions = ", ".join(due.kind.value for due in decided.actions) or "none"
    return _page(
        f"**{brief.harm}** case, severity **{brief.severity}**: **{ended}**",
        f"Stage: **closed**; actions: {actions}; why: `{decided.reason}`",
        _links(brief),
    )


def of_an_appeal(brief: AppealBrief) -> str:
    due = brief.ticket.due_at.isoformat(timespec="minutes")
    return _page(
        f"Appeal in a **{brief.harm}** case, severity **{brief.severity}**",
        f"Waits for a person at desk **{brief.ticket.desk}**, due {due}",
        _links(brief),
    )


def of_a_recall(start: RecallStart, stretch: RecallStretch) -> str:
    left = f", waits for **{stretch.blocked_on}**" if stretch.blocked_on else ""
    return _page(
        f"Recall `{start.recall_id}`, {start.pace} cases a minute: **{stretch.state}**",
        f"**{stretch.over}** of {stretch.items} over, {stretch.needs_human} for people{left}",
        f"[Open in the console]({start.console_url}) · [Runbook]({start.runbook_url})",
    )


def _links(brief: Brief | AppealBrief) -> str:
    return f"[Open in the console]({brief.console_url}) · [Runbook]({brief.runbook_url})"


def _page(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)
