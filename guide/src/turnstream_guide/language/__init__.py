"""How the guide writes in the user's language."""
