"""The platform that acts: any service that speaks our generic action contract."""
