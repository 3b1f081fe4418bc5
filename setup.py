"""Compiles the hot files with Cython where a C compiler is at hand; without one they run as Python.

The files are ordinary Python; the ``.pxd`` beside each gives its C types (docs/decisions/).
``UNSTICK_BUILD=plain`` skips compiling; ``UNSTICK_BUILD=checked`` keeps the bounds checks on.
"""

from __future__ import annotations

import os
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

SOURCE = Path("src")


def hot_files() -> list[Path]:
    """Every module that has a ``.pxd`` beside it."""
    return sorted(pxd.with_suffix(".py") for pxd in SOURCE.rglob("*.pxd"))


def extensions() -> list[Extension]:
    if os.environ.get("UNSTICK_BUILD") == "plain":
        return []
    from Cython.Build import cythonize

    checked = os.environ.get("UNSTICK_BUILD") == "checked"
    modules = [
        Extension(
            ".".join(path.relative_to(SOURCE).with_suffix("").parts),
            [str(path)],
            # Python's own flags ask for debugging symbols: nine tenths of the size of a module.
            extra_compile_args=["-O2", "-g0"],
        )
        for path in hot_files()
    ]
    built: list[Extension] = cythonize(
        modules,
        build_dir="build/cython",
        nthreads=os.cpu_count() or 1,
        compiler_directives={
            "language_level": 3,
            "annotation_typing": False,
            "boundscheck": checked,
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

    def run(self) -> None:
        super().run()
        built = [Path(self.get_ext_fullpath(module.name)) for module in self.extensions]
        if all(path.exists() for path in built):
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
