"""From a ruling to everything it brings about: composed here, written in one commit elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from casework.duties import Climb, Duties
from casework.facts import Facts
from casework.finding import Finding
from casework.identity import action_id, decision_id, notice_id, review_id
from casework.policy import Policy
from casework.ports import AppealLinks
from casework.records import (
    CaseFile,
    Decision,
    PlannedAction,
    ReviewRecord,
    Settled,
    Statement,
    Strike,
)
from casework.ruling import Measure, Ruling
from casework.standing import share_of
from casework.statement import statement_of_reasons
from casework.words import HearingKind, NoticeKind, Verdict


@dataclass(frozen=True)
class Added:
    """What a ruling asks for by itself, and the rungs that were added to it."""

    to: Ruling
    rungs: Mapping[int, Measure] = field(default_factory=dict)


def climb_of(file: CaseFile, duties: Duties, at: datetime) -> Climb:
    """Where the account of a case stands on the ladder, with what law wants on that day."""
    wanted = duties.want_a_warning_first(file.account.jurisdiction, at.date())
    return Climb(before=file.strikes, owed_a_warning=wanted and not file.warned)


def facts_of(file: CaseFile, findings: tuple[Finding, ...], climb: Climb) -> Facts:
    return Facts(
        findings={finding.check: finding for finding in findings},
        strikes=climb.before,
        owed_a_warning=climb.owed_a_warning,
        item_type=file.item.type,
        claims=file.claims,
    )


def first_decision(
    file: CaseFile,
    policy: Policy,
    ruling: Ruling,
    *,
    by: str,
    at: datetime,
    automated: bool,
) -> Decision:
    return Decision(
        decision_id=decision_id(file.case_id, file.round, HearingKind.FIRST),
        case_id=file.case_id,
        round=file.round,
        hearing=HearingKind.FIRST,
        by=by,
        automated=automated,
        ruling=ruling,
        policy=policy.harm,
        policy_version=policy.version,
        grounds=policy.grounds.reference,
        at=at,
    )


def settlement(
    decision: Decision, added: Added, policy: Policy, file: CaseFile, links: AppealLinks
) -> Settled:
    """A first decision with its actions, strike and statement of reasons."""
    if decision.ruling.verdict is not Verdict.ENFORCE:
        return Settled(decision=decision)
    climbs = policy.strikes is not None and policy.strikes.ladder
    return Settled(
        decision=decision,
        actions=_decided(decision, added, file),
        counted=file.strikes if climbs else None,
        statement=_statement(decision, policy, file, links),
        strike=_strike(decision, policy, file),
    )


def planned(
    measures: tuple[Measure, ...], decision: str, file: CaseFile
) -> tuple[PlannedAction, ...]:
    return tuple(
        PlannedAction(
            action_id=action_id(decision, measure.kind),
            decision_id=decision,
            case_id=file.case_id,
            kind=measure.kind,
            item=file.item,
            account=file.account,
            lasts=measure.lasts,
            detector=file.detector,
            own_lasts=measure.lasts,
        )
        for measure in measures
    )


def first_review(file: CaseFile, policy: Policy, why: str, at: datetime) -> ReviewRecord:
    """The question before the policy's first desk."""
    desk = policy.review[0]
    return ReviewRecord(
        review_id=review_id(file.case_id, file.round, HearingKind.FIRST),
        case_id=file.case_id,
        round=file.round,
        hearing=HearingKind.FIRST,
        harm=file.harm,
        severity=policy.severity,
        desk=desk.desk,
        due_at=at + desk.within,
        why=why,
        skill=desk.skill,
    )


def _decided(decision: Decision, added: Added, file: CaseFile) -> tuple[PlannedAction, ...]:
    measures = decision.ruling.measures
    shares = (share_of(measure, added.to, added.rungs) for measure in measures)
    return tuple(
        action.model_copy(update={"automated": decision.automated, **share.model_dump()})
        for action, share in zip(planned(measures, decision.decision_id, file), shares, strict=True)
    )


def interim(measures: tuple[Measure, ...], file: CaseFile) -> tuple[PlannedAction, ...]:
    """What holds until a person has decided. Named apart from what the decision itself may do."""
    decision = decision_id(file.case_id, file.round, HearingKind.FIRST)
    return tuple(
        action.model_copy(
            update={
                "action_id": f"{action.action_id}-interim",
                "interim": True,
                "automated": True,
                "lasts": None,
                "own_lasts": None,
            }
        )
        for action in planned(measures, decision, file)
    )


def _statement(decision: Decision, policy: Policy, file: CaseFile, links: AppealLinks) -> Statement:
    link = links.link(notice_id(decision.decision_id, NoticeKind.STATEMENT))
    return statement_of_reasons(decision, policy, file, link)


def _strike(decision: Decision, policy: Policy, file: CaseFile) -> Strike | None:
    if policy.strikes is None:
        return None
    return Strike(
        decision_id=decision.decision_id,
        account_id=file.account.id,
        weight=policy.strikes.weight,
        expires_at=policy.strikes.expires.after(decision.at),
    )
