"""`turnstream chat`: a client for a terminal."""
