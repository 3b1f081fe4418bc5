"""The probe: every kind of segment at every place, against a live socket of this kernel.

``bench`` has the kernel's end in a namespace and the wire in its own hands; ``situations`` brings a
socket into each state; ``cells`` says what is injected there; ``expect`` turns a verdict of
``unstick.tcp`` into what must be seen; ``probing`` and ``fuzz`` compare. The law itself stands in
``unstick.tcp``: nothing here judges a segment.
"""
