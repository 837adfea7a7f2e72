"""Whether a ChatKit server keeps the protocol: any server, seen from outside.

`grammar` judges a stream of events, and holds the thread that a page would show of it; the tests of
this project use it too. `checks` asks a running server. Nothing here knows how a server is made: it
shares no code with what it judges, and has no SDK below it.
"""
