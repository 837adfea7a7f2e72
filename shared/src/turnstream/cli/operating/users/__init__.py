"""The commands about what users have: their ratings, emails, schedules, threads and privacy."""
