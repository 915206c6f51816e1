"""Ask the HTTP API with a photo. Starts a server for itself, so that it runs as it stands."""

import json
import subprocess
import sys

import httpx

command = [sys.executable, "-m", "shopsight", "serve", "--port", "0", "--json"]
with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
    try:
        told = ""
        while not told.endswith("}\n"):
            line = server.stdout.readline()
            if not line:
                raise SystemExit("the server did not start")
            told += line
        address = json.loads(told)["api"]
        with open("examples/query.jpg", "rb") as photo:
            answer = httpx.post(f"{address}/search", files={"photo": photo}, data={"k": "3"}, timeout=60)
        answer.raise_for_status()
        for hit in answer.json()["hits"]:
            print(f"{hit['match_probability']:.0%}  {hit['product']['title']}")
    finally:
        server.terminate()
