"""Disks that go wrong: file systems of their own for one test, which can be too small, fill up,
freeze and break, and a process that can no longer write any file. All of it as root."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.commands import CommandError, run

EXT4_IOC_SHUTDOWN = 0x8004587D  # Linux fs/ext4/ext4.h
NO_LOG_FLUSH = 2


def mount(*arguments: str) -> None:
    """Where nothing can be mounted (a container without the right to), the test is skipped."""
    try:
        run(["mount", *arguments])
    except CommandError as error:
        pytest.skip(f"cannot mount here: {error}")


@contextmanager
def tmpfs(folder: Path, size: int) -> Iterator[Path]:
    """`size` bytes of memory as a file system, at `folder`."""
    folder.mkdir(parents=True)
    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        run(["umount", "--lazy", folder])


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The file system takes no writes, of anybody."""
    run(["mount", "-o", "remount,ro", folder])
    try:
        yield
    finally:
        run(["mount", "-o", "remount,rw", folder])


def resize_tmpfs(folder: Path, size: int) -> None:
    run(["mount", "-o", f"remount,size={size}", folder])


@contextmanager
def ext4(folder: Path, size: int) -> Iterator[Path]:
    """The same on a disk: an image file beside `folder`, mounted through a loop device. At the
    first error it becomes read-only."""
    image = folder.with_suffix(".ext4")
    folder.mkdir(parents=True)
    with image.open("wb") as file:
        file.truncate(size)
    run(["mkfs.ext4", "-q", "-m", "0", image])
    mount("-o", "loop,errors=remount-ro", str(image), str(folder))
    try:
        yield folder
    finally:
        run(["umount", "--lazy", folder])


def break_ext4(folder: Path) -> None:
    """The kernel finds an error in the file system: it is read-only from now on."""
    device = Path(run(["findmnt", "--noheadings", "--output", "SOURCE", folder]).strip())
    Path("/sys/fs/ext4", device.name, "trigger_fs_error").write_text("1")


@contextmanager
def gone(folder: Path) -> Iterator[None]:
    """The device below an ext4 fails every call (EIO), then it is there again."""
    image = folder.with_suffix(".ext4")
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    os.close(descriptor)
    try:
        yield
    finally:
        run(["umount", "--lazy", folder])
        mount("-o", "loop,errors=remount-ro", str(image), str(folder))


@contextmanager
def frozen(folder: Path) -> Iterator[None]:
    """Whoever writes there waits; reads go on."""
    run(["fsfreeze", "--freeze", folder])
    try:
        yield
    finally:
        run(["fsfreeze", "--unfreeze", folder])


@contextmanager
def failing_writes(pid: int) -> Iterator[None]:
    """Every write of the process to a file fails (EFBIG), its log's as well; reads go on."""
    run(["prlimit", f"--pid={pid}", "--fsize=0:"])
    try:
        yield
    finally:
        run(["prlimit", f"--pid={pid}", "--fsize=unlimited:"])
