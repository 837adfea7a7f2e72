"""Files, and the attachments that name them."""
