"""Routes: who may call them, what they count and trace, and what they answer."""
