"""Running a turn: claim, attempt, lease, end."""
