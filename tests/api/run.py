"""Runs schemathesis against a server of its own: `make api`.

The server listens on a free port of loopback, keeps its documents in a temporary folder, and
has no limits on rates, which would answer 429 to what is to be found out. Afterwards it has to be
well, to have met no panic, to stop in order, and to leave sound documents behind.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).parent
LISTENS = "cowrite is listening on "
LIMITS = ["--max-new-documents", "0", "--messages-per-second", "0", "--bytes-per-second", "0"]
STOPS_WITHIN = 30


class Server:
    """The binary, while it runs."""

    def __init__(self, binary, folder):
        command = [binary, "--listen", "127.0.0.1:0", "--data", folder, *LIMITS]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said = []
        self.listener = threading.Thread(target=lambda: self.said.extend(self.process.stderr))
        self.listener.start()
        line = self.process.stdout.readline().strip()
        if not line.startswith(LISTENS):
            self.process.wait()
            self.listener.join()
            sys.exit(f"the server did not start: {''.join(self.said)}")
        self.url = line.removeprefix(LISTENS)

    def ask(self, method, path, body=None, kind="application/json", author=None):
        """An answer, which has to be one of success."""
        body = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        headers = {"content-type": kind} | ({"x-cowrite-author": author} if author else {})
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=30) as answer:
            return answer.headers, answer.read()

    def stop(self):
        """Stops in order; whether it did, and met no panic."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(STOPS_WITHIN)
        self.listener.join()
        said = "".join(self.said)
        if status or "panicked" in said:
            sys.stderr.write(said)
        return status == 0 and "panicked" not in said


def prepare(server):
    """Documents that are known by name, and what they give out."""
    names = ["team/plan", "notes", "Ünïcode & more", "deep/er/est", "100%"]
    doomed = [f"doomed/{number}" for number in range(8)]
    known = {"names": names + ["gone"], "doomed": doomed, "tags": [], "updates": ["0000"], "vectors": ["", "AA"]}
    known["words"] = ["May", "We ship", "write", "The"]
    for name in names + doomed + ["gone"]:
        text = "# The [plan](/d/notes)\n\nWe ship in May.\n\n- [ ] write\n- [x] read\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
        server.ask("POST", "/api/documents", {"name": name, "title": name, "format": "markdown", "content": text})
        path = "/api/documents/" + urllib.parse.quote(name, safe="")
        for version in ("first", "second"):
            server.ask("POST", f"{path}/versions", {"name": version})
        headers, update = server.ask("GET", f"{path}/content?format=yjs")
        known["tags"].append(headers["etag"])
        known["updates"].append(update.hex())
    server.ask("DELETE", "/api/documents/gone")
    page = json.loads(server.ask("GET", "/api/documents?limit=2")[1])
    known["cursors"] = [page["next"]]
    page = json.loads(server.ask("GET", "/api/documents/notes/versions?limit=1")[1])
    known["version_cursors"] = [page["next"]]
    for author in ("Ada", "Grace"):
        words = {"operations": [{"find": "ship", "replace": "ship, says " + author}]}
        server.ask("PATCH", "/api/documents/notes/content", words, author=author)
    page = json.loads(server.ask("GET", "/api/documents/notes/authors?limit=1")[1])
    known["author_cursors"] = [page["next"]]
    for _ in range(100):
        page = json.loads(server.ask("GET", "/api/search?q=plan&limit=1")[1])
        if page["next"]:
            break
        time.sleep(0.1)
    known["search_cursors"] = [page["next"]]
    for _ in range(100):
        page = json.loads(server.ask("GET", "/api/documents/notes/backlinks?limit=1")[1])
        if page["next"]:
            break
        time.sleep(0.1)
    known["backlink_cursors"] = [page["next"]]
    known["files"] = []
    for name in names + doomed:
        path = "/api/documents/" + urllib.parse.quote(name, safe="") + "/files"
        for word in ("one", "two"):
            known["files"].append(json.loads(server.ask("POST", path, {"picture": word})[1])["id"])
    # Comments of documents that stay, and of those from which they may be taken.
    known["comments"], known["doomed_comments"] = [], []
    for name in names + doomed:
        path = "/api/documents/" + urllib.parse.quote(name, safe="") + "/comments"
        for number in range(4):
            made = server.ask("POST", path, {"find": "write", "text": f"Who, and when? ({number})"}, author="Ada")
            comment = json.loads(made[1])["id"]
            server.ask("POST", f"{path}/{comment}/replies", {"text": "Grace, in May"}, author="Grace")
            thread = next(it for it in json.loads(server.ask("GET", path)[1])["comments"] if it["id"] == comment)
            entry = [name, comment, [message["id"] for message in thread["messages"]]]
            known["doomed_comments" if name in doomed else "comments"].append(entry)
    page = json.loads(server.ask("GET", "/api/documents/notes/files?limit=1")[1])
    known["file_cursors"] = [page["next"]]
    return known


def main(binary, schemathesis, *more):
    with tempfile.TemporaryDirectory(prefix="cowrite-api-") as folder:
        data = os.path.join(folder, "data")
        server = Server(binary, data)
        try:
            environment = os.environ | {
                "COWRITE_KNOWN": json.dumps(prepare(server)),
                "SCHEMATHESIS_HOOKS": "hooks",
                "PYTHONPATH": str(HERE),
                "PYTHONDONTWRITEBYTECODE": "1",
                "NO_PROXY": "127.0.0.1",
            }
            command = [schemathesis, "--config-file", HERE / "schemathesis.toml", "run"]
            command += [server.url + "/api/openapi.json", *more]
            found = subprocess.run(command, env=environment, cwd=folder).returncode
            server.ask("GET", "/health/ready")
        finally:
            well = server.stop()
        sound = subprocess.run([binary, "check", "--data", data], stdout=subprocess.DEVNULL).returncode
        print(f"findings: {found}, stopped in order: {well}, check: {sound}")
        sys.exit(0 if well and found == sound == 0 else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
