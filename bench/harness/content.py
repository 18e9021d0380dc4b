"""Images that do not compress, the same bytes on every machine: built once into build/bench/."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from support import oci
from support.debian_image import put
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


def build(target: Path, sizes: Sequence[int]) -> None:
    scratch = target.with_suffix(".unfinished")
    shutil.rmtree(scratch, ignore_errors=True)
    blobs = scratch / "blobs/sha256"
    blobs.mkdir(parents=True)
    made = [write_layer(blobs, size, seed) for seed, size in enumerate(sizes)]
    config = put(blobs, oci.CONFIG, oci.image_config("amd64", [one.diff_id for one in made]))
    layers = [oci.Descriptor(oci.LAYER_GZIP, one.digest, one.size) for one in made]
    manifest = put(blobs, oci.MANIFEST, oci.image_manifest(config, layers))
    named = manifest.json(annotations={"org.opencontainers.image.ref.name": TAG})
    (scratch / "index.json").write_bytes(oci.image_index([named]))
    (scratch / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    scratch.rename(target)


def image(sizes_mib: Sequence[int]) -> Layout:
    """An image for one platform with layers of these sizes."""
    recipe = hashlib.sha256(repr((RECIPE, list(sizes_mib))).encode()).hexdigest()[:12]
    target = FOLDER / f"noise-{recipe}"
    if not target.exists():
        build(target, [size * MIB for size in sizes_mib])
    return Layout(target, TAG)


def layer_blobs(layout: Layout) -> list[Blob]:
    layers = layout.document(layout.index_digest)["layers"]
    return [Blob(layer["digest"], layer["size"]) for layer in layers]
