"""The cache node: an HTTP/1.1 caching reverse proxy with a thread a session.

It delivers an object of segments in gather writes, in one of two ways: as in the story of 2015
(``blocking``), or by acknowledged bytes and a policy (``progress``). It does not speak TLS or
HTTP/2, does not write to disk, and does not balance load: one origin. Needs ``unstick[serve]``.
"""
