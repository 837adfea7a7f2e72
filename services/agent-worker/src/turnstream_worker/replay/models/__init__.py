"""Every model of an app: journaled while an attempt runs and played back later, or counted."""
