"""The internal key, the secrets that are issued, and how texts are kept free of both."""
