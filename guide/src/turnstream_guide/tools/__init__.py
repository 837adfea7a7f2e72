"""The tools that come with the service, one file each; a new file is found by itself."""
