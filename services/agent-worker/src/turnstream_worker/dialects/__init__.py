"""What model servers say in other words than OpenAI's two APIs, understood and set right.

A mend works on the JSON of a stream, before the client makes objects of it, so that every model
class and every later step see what OpenAI would have sent. What can't be set right is raised as one
of `errors`. A mend's module says which deviation it is for, and which servers show it.
"""
