"""Real hosts, real stacks, chosen faults: TCP trouble at will, recorded and held against the truth.

A run is three network namespaces (client, middlebox, server), captures on both hosts, and a folder
with everything that was seen. Nothing here judges TCP: that is ``diagnose``, whose word about the
lab's own captures is compared with what the kernels said.
"""
