"""The language of cases: models, policy, state, ports, errors. No I/O, no Temporal."""
