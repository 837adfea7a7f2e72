"""What holds this repository: its sizes, licences and workflows."""
