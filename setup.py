"""Compiles the hot files with Cython where a C compiler is at hand; without one they run as Python.

The files are ordinary Python; the ``.pxd`` beside each gives its C types (docs/decisions/).
``UNSTICK_BUILD=plain`` skips compiling; ``UNSTICK_BUILD=checked`` keeps the bounds checks on;
``UNSTICK_BUILD=narrow`` leaves out what only some processors can (AVX-512), which others never run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError
from setuptools.modified import newer_group

sys.path.insert(0, str(Path(__file__).parent))  # an isolated build does not look here

from tools.unity import Group, constants, join

SOURCE = Path("src")

SHARED = "unstick._memoryviews"
"""Cython's own code for memoryviews, once instead of in every module: it is half of what there is
to compile."""

# Python's own flags ask for debugging symbols: nine tenths of the size of a module. What a ``.pxd``
# calls inline is meant so: the compiler's own guess makes a call of what every packet needs.
INLINE = "-DCYTHON_INLINE=__inline__ __attribute__((always_inline))"
FLAGS = ["-O3", "-g0", INLINE]

if os.environ.get("UNSTICK_BUILD") == "narrow":
    FLAGS.append("-DUNSTICK_NARROW")

CHECKED = os.environ.get("UNSTICK_BUILD") == "checked"

GROUPS = (
    Group(
        "unstick.wire",
        (
            "octets",
            "links",
            "internet",
            "tunnels",
            "segments",
            "packets",
            "pcap_walk",
            "pcapng_walk",
        ),
        "_read",
        ("read_pcap", "resync_pcap", "read_pcapng", "resync_pcapng", "take", "fill"),
    ),
    Group(
        "unstick.tcp",
        (
            "classify",
            "clocks",
            "notes",
            "copies",
            "answers",
            "handshake",
            "ladder",
            "sender",
            "quick",
            "probes",
            "verdicts",
            "receiver",
            "course",
            "words",
            "shelf",
            "seats",
            "summary",
            "ordinary",
            "kernels",
        ),
        "_walk",
        ("walk", "retire", "forget", "look", "tally", "oldest_over", "summarise", "sift"),
    ),
    Group(
        "unstick.flows",
        ("hashing", "ends", "forgetting", "ordering", "kernels"),
        "_assign",
        ("assign", "by_number", "forget", "rehash", "release"),
    ),
    Group("unstick.report", ("lines",), "_lines", ("write_lines",)),
)
"""Hot files that call each other for every packet: each group is one compiled module."""


def hot_files() -> dict[str, Path]:
    """Module names and what to compile for them: every file with a ``.pxd`` beside it, those of a
    group as one module."""
    together = {name for group in GROUPS for name in group.modules}
    found = {
        name: path
        for path in sorted(pxd.with_suffix(".py") for pxd in SOURCE.rglob("*.pxd"))
        if (name := ".".join(path.relative_to(SOURCE).with_suffix("").parts)) not in together
    }
    for group in GROUPS:
        folder = Path(*group.package.split("."))
        target = Path("build", "unity", folder, f"{group.module}.py")
        for package in (target.parent, *target.parent.parents[: len(folder.parts) - 1]):
            package.mkdir(parents=True, exist_ok=True)
            (package / "__init__.py").touch()
        found[f"{group.package}.{group.module}"] = join(
            group, SOURCE / folder, target, constants(group, SOURCE), CHECKED
        )
    return found


def extensions() -> list[Extension]:
    if os.environ.get("UNSTICK_BUILD") == "plain":
        return []
    from Cython.Build import cythonize

    modules = [
        Extension(name, [str(path)], extra_compile_args=FLAGS) for name, path in hot_files().items()
    ]
    shared = Extension(SHARED, ["src/unstick/_memoryviews.c"], extra_compile_args=FLAGS)
    built: list[Extension] = cythonize(
        [*modules, shared],
        build_dir="build/cython",
        shared_utility_qualified_name=SHARED,
        nthreads=os.cpu_count() or 1,
        compiler_directives={
            "language_level": 3,
            "annotation_typing": False,
            "boundscheck": CHECKED,
            "wraparound": False,
            "initializedcheck": False,
            "cdivision": True,
            "binding": True,
        },
    )
    for module in built:
        module.optional = True  # cythonize() does not take it over from what it was given
    return built


class BuildAllOrNone(build_ext):
    """Compiled hot files call each other in C: one that is missing leaves none usable."""

    def build_extension(self, ext: Extension) -> None:
        """Without INLINE if the compiler cannot do as it is told."""
        try:
            super().build_extension(ext)
        except CompileError:
            ext.extra_compile_args.remove(INLINE)
            super().build_extension(ext)

    def run(self) -> None:
        super().run()
        built = [Path(self.get_ext_fullpath(module.name)) for module in self.extensions]
        if all(path.exists() for path in built):
            for path, module in zip(built, self.extensions, strict=True):
                # A source may change and give the same C code (a docstring): what was looked at
                # and is right must not look stale (tests/test_build.py).
                if not newer_group(module.sources, str(path)):
                    path.touch()
            return
        inside = [Path(self.build_lib, self.get_ext_filename(one.name)) for one in self.extensions]
        for path in (*built, *inside):
            path.unlink(missing_ok=True)


if __name__ == "__main__":  # the worker processes of cythonize() may read this file again
    setup(
        ext_modules=extensions(),
        cmdclass={"build_ext": BuildAllOrNone},
        options={"build_ext": {"parallel": os.cpu_count() or 1}},
    )
