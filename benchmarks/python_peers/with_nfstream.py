"""Flows and their protocols, by NFStream (``pip install nfstream``)."""

import sys

from nfstream import NFStreamer

if __name__ == "__main__":
    print(sum(1 for _ in NFStreamer(source=sys.argv[1])))
