"""The policy of ``unstick.progress`` for the sockets of programs one cannot touch.

Lists what owes something at given ports, judges it by what the peer acknowledged, and ends the very
connections that were judged: by SOCK_DESTROY or through a copy of the owner's descriptor. Tells
only, unless it is told to end. It does not know HTTP, and it changes nothing on other sockets.
"""
