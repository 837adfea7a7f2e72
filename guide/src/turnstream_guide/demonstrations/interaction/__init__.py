"""Demonstrations that the user takes part in: buttons, forms, lists, questions, approvals."""
