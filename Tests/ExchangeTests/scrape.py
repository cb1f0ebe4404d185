#!/usr/bin/python3
"""Lets Debian's Prometheus scrape an exporter and prints what it has stored of a metric, as JSON.

  scrape.py PORT METRIC [SECONDS]
"""
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

port, metric = sys.argv[1:3]
deadline = time.monotonic() + float(sys.argv[3] if len(sys.argv) > 3 else 60)
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    own = probe.getsockname()[1]
with tempfile.TemporaryDirectory() as folder:
    with open(folder + "/prometheus.yml", "w", encoding="utf-8") as file:
        file.write("global: {scrape_interval: 1s}\nscrape_configs: [{job_name: porthole, "
                   f"honor_labels: true, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n")
    server = subprocess.Popen(
        ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address=127.0.0.1:{own}", "--log.level=error"], stdout=sys.stderr)
    try:
        url = f"http://127.0.0.1:{own}/api/v1/query?query=" + urllib.parse.quote(metric)
        while True:
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    found = json.load(answer)["data"]["result"]
                if found:
                    break
            except OSError:
                pass
            if time.monotonic() > deadline:
                sys.exit("nothing was scraped in time")
            time.sleep(0.2)
        for series in found:
            print(json.dumps({"labels": series["metric"], "value": float(series["value"][1])}))
    finally:
        server.terminate()
        server.wait()
