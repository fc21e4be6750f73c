"""A workflow as one would write it by hand for these two kinds of case, and nothing around it."""
