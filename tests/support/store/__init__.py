"""All that the store keeps and can be asked, and on whose behalf it must refuse."""
