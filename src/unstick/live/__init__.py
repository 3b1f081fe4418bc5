"""The running system: which process holds a socket, and the ways into its network namespaces.

Looks and tells. Ends nothing, judges nothing, and keeps nothing between two questions.
"""
