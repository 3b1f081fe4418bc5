"""A captured connection, played once more: one end as it was captured, the other end this kernel.

The played end is segments written to a raw socket; the other is a real socket of this kernel, whose
program does what the captured program did. Nothing of the capture's payload or addresses is used.
"""
