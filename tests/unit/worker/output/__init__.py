"""What viewers are sent: joined, in windows, and nothing twice."""
