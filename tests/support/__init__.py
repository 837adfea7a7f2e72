"""What the suites stand on: a scripted model server, a headless ChatKit client, the stock backend.

Nothing in here knows how Turnstream works inside; it speaks HTTP, as users and models do.
"""
