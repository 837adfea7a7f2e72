"""Every widget of the gallery, held against golden pictures."""
