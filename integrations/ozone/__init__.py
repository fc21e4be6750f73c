"""Acting through Ozone, the moderation service of the AT Protocol: takedowns and labels."""
