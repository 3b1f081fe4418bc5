"""smoltcp: RFC 793 for resets: any RST in the window resets."""

from __future__ import annotations

from unstick.tcp.profiles.base import Numbers, Profile, Source
from unstick.tcp.rules import only
from unstick.tcp.vocabulary import Kind

PROFILE = Profile(
    name="smoltcp",
    title="smoltcp",
    base="rfc793",
    known_from="source at 5393f885: src/socket/tcp.rs",
    vouched=only(Kind.RST),
    numbers=Numbers(paws=False, signatures=False),
    number_sources={
        "paws": Source("from memory: timestamps are echoed and not tested", False),
        "signatures": Source("from memory: unknown options are skipped", False),
    },
    limits=("Challenge ACKs, at most one a second, are only for segments other than RST.",),
)
