"""A moderation vendor that speaks the format of OpenAI's Moderations API, OpenAI's or another's."""
