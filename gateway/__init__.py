"""HTTP in: detections, decisions, appeals, callbacks, and the reviewers' console."""
