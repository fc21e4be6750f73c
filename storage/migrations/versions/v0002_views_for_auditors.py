"""The read-only views for anyone who audits from outside: their columns are a promise."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DETECTIONS = {
    "sqlite": """(
        SELECT json_group_array(detection_id) FROM (
            SELECT detection_id FROM detections AS d
            WHERE d.case_id = c.case_id ORDER BY d.received_at, d.detection_id))""",
    "postgresql": """(
        SELECT coalesce(json_agg(d.detection_id ORDER BY d.received_at, d.detection_id), '[]')::text
        FROM detections AS d WHERE d.case_id = c.case_id)""",
}

_CASE = """
CREATE VIEW v_case AS
SELECT c.case_id, {detections} AS detection_ids, c.stage, c.outcome, c.opened_at, c.closed_at
FROM cases AS c
"""

_DECISION = """
CREATE VIEW v_decision AS
SELECT decision_id, case_id, hearing, "by", automated, verdict AS ruling, policy, policy_version,
    at, overrides
FROM decisions
"""

_ACTION = """
CREATE VIEW v_action AS
SELECT a.action_id, d.decision_id, a.case_id, a.kind, a.target, a.state, a.attempts, a.first_at,
       a.confirmed_at
FROM actions a LEFT JOIN decisions d ON d.decision_id = a.decision_id
"""

_AUDIT = """
CREATE VIEW v_audit AS
SELECT seq, case_id, at, actor, event, digest FROM audit
"""


def upgrade() -> None:
    detections = _DETECTIONS[op.get_bind().dialect.name]
    for view in (_CASE.format(detections=detections), _DECISION, _ACTION, _AUDIT):
        op.execute(view)


def downgrade() -> None:
    for name in ("v_case", "v_decision", "v_action", "v_audit"):
        op.execute(f"DROP VIEW {name}")
