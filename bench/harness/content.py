"""Images of noise, the same bytes on every machine, and one of a file system as it is: built once into
build/bench/.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from support import oci
from support.debian_image import debian_image, image_path, put
from support.layers import FIXED_TIME, HashingWriter, Layer
from support.oci_layout import Layout
from support.payload import MIB, payload

FOLDER = Path(__file__).resolve().parents[2] / "build/bench"
TAG = "bench"
RECIPE = 2  # another number when the bytes become others


class Blob(NamedTuple):
    digest: str
    size: int


def write_layer(blobs: Path, size: int, seed: int) -> Layer:
    """A tar with one file of noise; gzip without compression, so that it is what it says."""
    unfinished = blobs / "unfinished"
    with unfinished.open("wb") as file:
        packed = HashingWriter(file)
        with gzip.GzipFile("", "wb", compresslevel=0, fileobj=packed, mtime=0) as zipped:
            plain = HashingWriter(zipped)
            with tarfile.open(fileobj=plain, mode="w|") as tar:  # type: ignore[call-overload]
                entry = tarfile.TarInfo(f"noise-{seed}")
                entry.size = size
                entry.mtime = FIXED_TIME
                tar.addfile(entry, io.BytesIO(payload(size, seed)))
    unfinished.rename(blobs / packed.digest.removeprefix("sha256:"))
    return Layer(packed.digest, plain.digest, packed.size)


def build(target: Path, write: Callable[[Path], Sequence[Layer]], layer_type: str) -> None:
    scratch = target.with_suffix(".unfinished")
    shutil.rmtree(scratch, ignore_errors=True)
    blobs = scratch / "blobs/sha256"
    blobs.mkdir(parents=True)
    made = write(blobs)
    config = put(blobs, oci.CONFIG, oci.image_config("amd64", [one.diff_id for one in made]))
    layers = [oci.Descriptor(layer_type, one.digest, one.size) for one in made]
    manifest = put(blobs, oci.MANIFEST, oci.image_manifest(config, layers))
    named = manifest.json(annotations={"org.opencontainers.image.ref.name": TAG})
    (scratch / "index.json").write_bytes(oci.image_index([named]))
    (scratch / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    scratch.rename(target)


def image(sizes_mib: Sequence[int]) -> Layout:
    """An image for one platform with layers of these sizes, of noise."""
    recipe = hashlib.sha256(repr((RECIPE, list(sizes_mib))).encode()).hexdigest()[:12]
    target = FOLDER / f"noise-{recipe}"
    if not target.exists():
        build(
            target,
            lambda blobs: [
                write_layer(blobs, size * MIB, seed) for seed, size in enumerate(sizes_mib)
            ],
            oci.LAYER_GZIP,
        )
    return Layout(target, TAG)


def small_image(size: int) -> Layout:
    """An image with one layer of so many bytes, which are noise and no tar."""
    target = FOLDER / f"small-{RECIPE}-{size}"

    def write(blobs: Path) -> list[Layer]:
        data = payload(size)
        digest = oci.digest_of(data)
        (blobs / digest.removeprefix("sha256:")).write_bytes(data)
        return [Layer(digest, digest, size)]

    if not target.exists():
        build(target, write, oci.LAYER_TAR)
    return Layout(target, TAG)


def write_tar_layer(blobs: Path, size: int) -> Layer:
    """The layers of the tests' Debian image, unpacked, one after the other: `size` bytes of them."""
    debian = debian_image()
    unfinished = blobs / "unfinished"
    with unfinished.open("wb") as file:
        plain = HashingWriter(file)
        for entry in debian.document(debian.index_digest)["manifests"]:
            for layer in debian.document(entry["digest"])["layers"]:
                with gzip.open(debian.blob(layer["digest"])) as unpacked:
                    while plain.size < size and (data := unpacked.read(min(MIB, size - plain.size))):
                        plain.write(data)
    assert plain.size == size, "the Debian image is too small"
    unfinished.rename(blobs / plain.digest.removeprefix("sha256:"))
    return Layer(plain.digest, plain.digest, plain.size)


def tar_image(size: int) -> Layout:
    """An image with one layer that is not compressed, of a Debian file system."""
    target = FOLDER / f"tar-{RECIPE}-{size}-{image_path().name}"
    if not target.exists():
        build(target, lambda blobs: [write_tar_layer(blobs, size)], oci.LAYER_TAR)
    return Layout(target, TAG)


def layer_blobs(layout: Layout) -> list[Blob]:
    layers = layout.document(layout.index_digest)["layers"]
    return [Blob(layer["digest"], layer["size"]) for layer in layers]
