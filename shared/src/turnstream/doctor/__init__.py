"""`turnstream doctor`: whether a set-up is right, part by part, and what to do where it is not.

A probe looks at one part. Packages bring theirs as entry points of the group `turnstream.probes`.
"""
