"""What one viewer's stream needs: the response, how it ends, and how many a user has open."""
