"""Normalizes what model servers send in other forms than those of OpenAI's two APIs.

It works on the JSON of a stream, before the client makes objects of it, so that every model class
and every later step see what OpenAI would have sent. What can't be normalized raises one of
`errors`. Each module says which deviations it handles, and which servers show them.
"""
