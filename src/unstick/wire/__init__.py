"""Bytes to segments: capture formats, link layers, tunnels, IP, TCP headers, trace notation.

Formats only. No opinion on what a segment means: that is ``unstick.tcp``.
"""
