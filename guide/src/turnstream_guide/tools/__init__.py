"""The guide's tools for the tools service, one file each. A new file needs no registration."""

from turnstream_guide.settings import GuideSettings

GuideSettings()  # a bad setting ends the service at its start, not a call in the middle
