"""Scripts that others wrote for packetdrill, run against a profile of the model. No root, no host.

The subset of the language that is needed for segments and their answers; written from its grammar.
Does not start a TCP stack: what is tested is what the law of ``tcp.profiles`` says.
"""
