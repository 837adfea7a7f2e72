"""The bundled app: a guide that gets to know the user and shows what ChatKit can do."""
