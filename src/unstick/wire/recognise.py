"""Which format a file has, by its first bytes; and the names of those that unstick does not read.

Data and one function: a user who hands over the wrong file is told what it is, and what to do.
"""

from __future__ import annotations

from unstick.named import NamedTuple
from unstick.wire.pcap import GLOBAL_HEADER, MAGICS

PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
"""Type of a section header block: a palindrome, so that byte order does not matter."""

CONVERT = "convert it: editcap -F pcapng FILE new.pcapng (editcap comes with Wireshark)"
UNPACK = "unpack it first, or pipe it: {tool} FILE | unstick explain -"


class Foreign(NamedTuple):
    """A format that is recognised in order to be refused by name."""

    offset: int
    magic: bytes
    name: str
    hint: str


FOREIGN: tuple[Foreign, ...] = (
    # Wireshark wiretap/*.c has the magic numbers of capture formats; file(1) has the others
    Foreign(0, b"snoop\0\0\0", "a Solaris snoop capture (RFC 1761)", CONVERT),
    Foreign(0, b"ObserverPktBuffe", "a Network Instruments Observer capture", CONVERT),
    Foreign(0, b"RTSS", "a Microsoft Network Monitor 1 capture", CONVERT),
    Foreign(0, b"GMBU", "a Microsoft Network Monitor 2 capture", CONVERT),
    Foreign(0, b"XCP\0", "a NetXRay or Windows Sniffer capture", CONVERT),
    Foreign(0, b"TRSNIFF data    \x1a", "a DOS Sniffer capture", CONVERT),
    Foreign(0, b"\x7fver", "an EtherPeek or OmniPeek capture", CONVERT),
    Foreign(0, b"iptrace ", "an AIX iptrace capture", CONVERT),
    Foreign(0, b"\x54\x52\x00\x64\x00", "an HP-UX nettl trace", CONVERT),
    Foreign(0, b"\x05VNF", "a Visual Networks capture", CONVERT),
    Foreign(0, b"GMBS", "a Microsoft Network Monitor capture", CONVERT),
    Foreign(0, b"\xfd7zXZ\0", "compressed with xz", UNPACK.format(tool="xz -dc")),
    Foreign(0, b"BZh", "compressed with bzip2", UNPACK.format(tool="bzip2 -dc")),
    Foreign(0, b"\x04\x22\x4d\x18", "compressed with lz4", UNPACK.format(tool="lz4 -dc")),
    Foreign(0, b"PK\x03\x04", "a zip archive", UNPACK.format(tool="unzip -p")),
    Foreign(0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK.format(tool="7z x -so")),
    Foreign(257, b"ustar", "a tar archive", UNPACK.format(tool="tar -xOf")),
    Foreign(0, b"\x7fELF", "a program (ELF)", "give a capture: tcpdump -w FILE"),
    Foreign(0, b"%PDF", "a PDF document", "give a capture: tcpdump -w FILE"),
    Foreign(0, b"\x89PNG", "a picture (PNG)", "give a capture: tcpdump -w FILE"),
    Foreign(0, b"SQLite format 3", "an SQLite database", "give a capture: tcpdump -w FILE"),
)

TEXTS: tuple[tuple[bytes, str], ...] = (
    # first word, in lower case
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file it stands for"),
    (b"{", "JSON text"),
)

ERF_TYPES = range(1, 49)
"""Record types of Endace ERF in use; the format has no magic number."""


def looks_like_erf(head: bytes) -> bool:
    """Two records of Endace ERF in a row: a type, a record length that covers its header, a rate of
    loss that is small, and seconds that are alike."""
    if len(head) < 16:
        return False
    size = int.from_bytes(head[10:12], "big")
    if head[8] & 0x7F not in ERF_TYPES or size < 18 or len(head) < size + 16:
        return False
    second = head[size : size + 16]
    seconds = (int.from_bytes(head[4:8], "little"), int.from_bytes(second[4:8], "little"))
    same = second[8] & 0x7F in ERF_TYPES and int.from_bytes(second[10:12], "big") >= 18
    return same and seconds[0] != 0 and abs(seconds[0] - seconds[1]) < 86_400


def looks_like_text(head: bytes) -> bool:
    """No control characters but those of text in the first bytes."""
    return all(byte >= 32 or byte in b"\t\n\r\f\x1b" for byte in head[:512])


def recognise(head: bytes) -> tuple[str | None, str, str | None]:
    """(format, what it is, hint). ``format`` is "pcap" or "pcapng", or None for what is refused."""
    if not head:
        return None, "is empty", "was the capture still being written?"
    if head[:4] in MAGICS:
        if len(head) < GLOBAL_HEADER:
            return None, "ends inside the pcap file header", None
        return "pcap", "a pcap capture", None
    if head.startswith(PCAPNG_MAGIC):
        if len(head) < 28:
            return None, "ends inside the pcapng section header", None
        if head[8:12] not in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"):
            return None, "has a damaged pcapng section header: no byte order", None
        return "pcapng", "a pcapng capture", None
    for foreign in FOREIGN:
        if head[foreign.offset :].startswith(foreign.magic):
            return None, f"is {foreign.name}, not a capture unstick reads", foreign.hint
    word = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, name in TEXTS:
        if word.startswith(start):
            return None, f"is {name}, not a capture", None
    if looks_like_text(head):
        return None, "is text, not a capture", "tcpdump -w FILE writes a capture, > FILE does not"
    if looks_like_erf(head):
        return None, "looks like an Endace ERF capture, which unstick does not read", CONVERT
    return None, "is not a pcap or pcapng capture", "capinfos FILE tells what Wireshark sees in it"
