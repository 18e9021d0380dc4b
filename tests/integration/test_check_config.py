"""check-config tells everything that is wrong at once: file, line and key of each, exit status
1.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.certificates import Certificates
from support.longshore import longshore_says

GOOD = """\
region: eu-1
listen: ["127.0.0.1:5000"]
cache: { path: ./cache, size: 10GiB }
upstreams:
  docker.io: { url: "https://registry-1.docker.io", official_prefix: library }
"""

BAD = """\
region: eu-1
listen: ["127.0.0.1:99999"]
admin_listen: nowhere
cache:
  path: ./cache
  size: 10 potatoes
tag_ttl: soon
colour: blue
default_upstream: docker.io
upstreams:
  docker.io:
    url: "ftp://registry-1.docker.io"
  quay.io:
    url: "https://quay.io"
    password: geheim
"""

WRONG = {
    2: "listen",
    3: "admin_listen",
    6: "cache.size",
    7: "tag_ttl",
    8: "colour",
    12: "upstreams.docker.io.url",
    15: "upstreams.quay.io.password",
}


def write(folder: Path, text: str) -> Path:
    path = folder / "longshore.yaml"
    path.write_text(text)
    return path


def assert_tells_everything(
    folder: Path, done: subprocess.CompletedProcess[str], path: Path
) -> None:
    assert done.returncode == 1
    said = done.stdout + done.stderr
    for line, key in WRONG.items():
        assert f"{path}:{line}: {key}" in said
    assert "geheim" not in said


def test_a_good_file_passes(folder: Path) -> None:
    done = longshore_says("check-config", write(folder, GOOD))
    assert done.returncode == 0, done.stderr


def test_a_bad_file_is_refused_with_all_errors(folder: Path) -> None:
    path = write(folder, BAD)
    assert_tells_everything(folder, longshore_says("check-config", path), path)


def test_serve_refuses_it_in_the_same_words(folder: Path) -> None:
    path = write(folder, BAD)
    assert_tells_everything(folder, longshore_says("serve", "--config", path), path)


def test_a_file_that_is_not_there_is_refused(folder: Path) -> None:
    done = longshore_says("check-config", folder / "none.yaml")
    assert done.returncode == 1
    assert "none.yaml" in done.stdout + done.stderr


def test_a_password_file_that_cannot_be_read_is_refused(folder: Path) -> None:
    text = GOOD.replace(
        "official_prefix: library", f"username: robot, password_file: {folder}/secret"
    )
    done = longshore_says("check-config", write(folder, text))
    assert done.returncode == 1
    assert "upstreams.docker.io.password_file" in done.stdout + done.stderr


def test_certificates_that_serve_cannot_use_are_refused_by_both_in_the_same_words(
    folder: Path,
) -> None:
    ours, other = Certificates(folder / "ours"), Certificates(folder / "other")
    broken = folder / "broken.pem"
    broken.write_text("not a certificate\n")
    for certificate, key, reason in (
        (folder / "none.pem", ours.server_key, "No such file or directory"),
        (broken, ours.server_key, f"no certificate in {broken}"),
        (ours.server_certificate, folder / "none.pem", "No such file or directory"),
        (ours.server_certificate, broken, f"in {broken}"),
        (ours.server_certificate, other.server_key, "key values mismatch"),
    ):
        tls = f"{{ certificate_file: {certificate}, key_file: {key} }}"
        text = GOOD.replace('"127.0.0.1:5000"', f'{{ address: "127.0.0.1:5000", tls: {tls} }}')
        path = write(folder, text)
        for words in (("check-config", path), ("serve", "--config", path)):
            done = longshore_says(*words)
            assert done.returncode == 1
            said = done.stdout + done.stderr
            assert f"{path}:2: listen[0].tls: " in said
            assert reason in said
    write(folder, text.replace(str(other.server_key), str(ours.server_key)))
    assert longshore_says("check-config", path).returncode == 0


def test_a_token_file_that_cannot_be_used_is_refused(folder: Path) -> None:
    token = folder / "token"
    path = write(folder, GOOD + f"admin_token_file: {token}\n")
    for text in (None, "", "two\nlines\n"):
        if text is not None:
            token.write_text(text)
        done = longshore_says("check-config", path)
        assert done.returncode == 1
        assert f"{path}:6: admin_token_file: " in done.stdout + done.stderr


def test_the_version_is_told() -> None:
    done = longshore_says("version")
    assert done.returncode == 0
    assert "longshore" in done.stdout
