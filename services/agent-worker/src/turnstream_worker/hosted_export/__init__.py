"""`turnstream export-hosted`: threads, items and attachments of hosted ChatKit into a folder."""
