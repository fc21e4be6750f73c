"""Pages for people: the reviewers' and on-call's console, and the page behind an appeal link."""
