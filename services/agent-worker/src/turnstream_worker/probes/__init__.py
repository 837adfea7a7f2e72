"""`turnstream doctor`: whether an app, its model and its tools work from here.

The modules are light: what takes seconds to import is imported when a probe looks.
"""
