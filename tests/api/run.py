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

from client import Client

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
        self.client = Client(line.removeprefix(LISTENS))

    def stop(self):
        """Stops in order; whether it did, and met no panic."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(STOPS_WITHIN)
        self.listener.join()
        said = "".join(self.said)
        if status or "panicked" in said:
            sys.stderr.write(said)
        return status == 0 and "panicked" not in said


def prepare(client):
    """Documents that are known by name, and what they give out."""
    names = ["team/plan", "notes", "Ünïcode & more", "deep/er/est", "100%"]
    known = {"names": names + ["gone"], "tags": [], "updates": ["0000"], "vectors": ["", "AA"]}
    known["words"] = ["May", "We ship", "write", "The"]
    known["files"], known["comments"] = [], []
    text = "# The [plan](/d/notes)\n\nWe ship in May.\n\n- [ ] write\n- [x] read\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    for name in names + ["gone"]:
        path = client.document(name, text)
        for version in ("first", "second"):
            client.ask("POST", f"{path}/versions", {"name": version})
        headers, update = client.ask("GET", f"{path}/content?format=yjs")
        known["tags"].append(headers["etag"])
        known["updates"].append(update.hex())
        known["files"] += [client.file(path, {"picture": word}) for word in ("one", "two")]
        known["comments"] += [[name, *client.comment(path, number)] for number in range(4)]
    # What is in a document that is gone is not there.
    known["comments"] = [entry for entry in known["comments"] if entry[0] != "gone"]
    client.ask("DELETE", "/api/documents/gone")
    for author in ("Ada", "Grace"):
        words = {"operations": [{"find": "ship", "replace": "ship, says " + author}]}
        client.ask("PATCH", "/api/documents/notes/content", words, author=author)
    known["cursors"] = [cursor(client, "/api/documents?limit=2")]
    known["version_cursors"] = [cursor(client, "/api/documents/notes/versions?limit=1")]
    known["author_cursors"] = [cursor(client, "/api/documents/notes/authors?limit=1")]
    known["search_cursors"] = [cursor(client, "/api/search?q=plan&limit=1")]
    known["backlink_cursors"] = [cursor(client, "/api/documents/notes/backlinks?limit=1")]
    known["file_cursors"] = [cursor(client, "/api/documents/notes/files?limit=1")]
    return known


def cursor(client, path):
    """Where the second page of a list begins. What is found by words is so a moment later."""
    for _ in range(100):
        following = json.loads(client.ask("GET", path)[1])["next"]
        if following:
            return following
        time.sleep(0.1)
    sys.exit(f"{path} has one page")


def main(binary, schemathesis, *more):
    with tempfile.TemporaryDirectory(prefix="cowrite-api-") as folder:
        data = os.path.join(folder, "data")
        server = Server(binary, data)
        try:
            environment = os.environ | {
                "COWRITE_KNOWN": json.dumps(prepare(server.client)),
                "COWRITE_URL": server.client.url,
                "SCHEMATHESIS_HOOKS": "hooks",
                "PYTHONPATH": str(HERE),
                "PYTHONDONTWRITEBYTECODE": "1",
                "NO_PROXY": "127.0.0.1",
            }
            command = [schemathesis, "--config-file", HERE / "schemathesis.toml", "run"]
            command += [server.client.url + "/api/openapi.json", *more]
            found = subprocess.run(command, env=environment, cwd=folder).returncode
            server.client.ask("GET", "/health/ready")
        finally:
            well = server.stop()
        sound = subprocess.run([binary, "check", "--data", data], stdout=subprocess.DEVNULL).returncode
        print(f"findings: {found}, stopped in order: {well}, check: {sound}")
        sys.exit(0 if well and found == sound == 0 else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
