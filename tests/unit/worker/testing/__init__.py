"""What an app's own tests are given."""
