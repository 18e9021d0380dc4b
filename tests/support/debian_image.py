"""The real image of the tests and the demo: Debian for two platforms, five gzip layers each, as an
OCI layout.

Built once into build/images/ and kept; the folder's name carries a hash of the recipe. Run as a
program it builds the image if it is missing and prints where it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support import layers, oci, rootfs
from support.oci_layout import Layout

IMAGES = Path(__file__).resolve().parents[2] / "build/images"
RECIPE = ("debian_image.py", "layers.py", "oci.py", "rootfs.py")
ARCHITECTURES = ("amd64", "arm64")
TAG = rootfs.SUITE


def put(blobs: Path, media_type: str, data: bytes) -> oci.Descriptor:
    described = oci.descriptor_of(media_type, data)
    (blobs / described.digest.removeprefix("sha256:")).write_bytes(data)
    return described


def build_platform(architecture: str, scratch: Path, blobs: Path) -> oci.Json:
    """One platform's layers, config and manifest; returns its entry for the index."""
    root = scratch / f"rootfs-{architecture}"
    rootfs.make_rootfs(architecture, root)
    made = [layers.write_layer(root, paths, blobs) for paths in layers.split(root)]
    shutil.rmtree(root)
    config = put(
        blobs, oci.CONFIG, oci.image_config(architecture, [layer.diff_id for layer in made])
    )
    described = [oci.Descriptor(oci.LAYER_GZIP, layer.digest, layer.size) for layer in made]
    manifest = put(blobs, oci.MANIFEST, oci.image_manifest(config, described))
    return manifest.json(platform={"architecture": architecture, "os": "linux"})


def build(target: Path) -> None:
    scratch = target.with_suffix(".unfinished")
    shutil.rmtree(scratch, ignore_errors=True)
    blobs = scratch / "blobs/sha256"
    blobs.mkdir(parents=True)
    with ThreadPoolExecutor(len(ARCHITECTURES)) as pool:
        entries = list(pool.map(lambda arch: build_platform(arch, scratch, blobs), ARCHITECTURES))
    index = put(blobs, oci.INDEX, oci.image_index(entries))
    named = index.json(annotations={"org.opencontainers.image.ref.name": TAG})
    (scratch / "index.json").write_bytes(oci.image_index([named]))
    (scratch / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    scratch.rename(target)


def recipe_hash() -> str:
    here = Path(__file__).parent
    return hashlib.sha256(b"".join((here / name).read_bytes() for name in RECIPE)).hexdigest()[:12]


def image_path() -> Path:
    return IMAGES / f"debian-{recipe_hash()}"


def debian_image() -> Layout:
    """The image, built now if this machine has not built it yet. Two test runs may ask at once."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (IMAGES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not image_path().exists():
            build(image_path())
    return Layout(image_path(), TAG)


def main() -> None:
    started = time.monotonic()
    layout = debian_image()
    seconds = time.monotonic() - started
    print(f"{layout.path}: {layout.blob_bytes() / 1e6:.1f} MB, {seconds:.1f} s")


if __name__ == "__main__":
    main()
