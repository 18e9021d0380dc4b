#!/bin/sh
# Renders the chart anew after it was changed. Needs helm 3 on PATH. Commit what it wrote.
set -eu
cd "$(dirname "$0")/../../.."
PYTHONPATH=tests /usr/bin/python3 -B - <<'PYTHON'
from deploy.test_kubernetes import KINDS, RENDERED, chart_hash, render

for kind in KINDS:
    (RENDERED / f"{kind}.yaml").write_text(render(kind))
(RENDERED / "chart.sha256").write_text(chart_hash() + "\n")
PYTHON
