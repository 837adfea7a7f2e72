"""The guide's tools for the tools service, one file each. A new file needs no registration."""
