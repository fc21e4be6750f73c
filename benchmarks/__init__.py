"""What a case costs, beside a bare Temporal workflow with the same effects."""
