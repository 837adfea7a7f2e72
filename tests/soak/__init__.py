"""A system under mixed traffic for an hour, some of it hurt: what grows that should not?"""
