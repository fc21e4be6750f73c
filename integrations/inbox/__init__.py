"""The other end of mails, notices and pages, for a demo or a test: takes them in and shows them."""
