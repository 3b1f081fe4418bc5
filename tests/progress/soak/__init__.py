"""The soak: hundreds of clients that are bad but within the policy, and others that leave, for as
long as one likes. ``python -m tests.progress.soak --minutes 30``. Holds no code of unstick."""
