"""How the server is asked for what the tests need to be there."""

import json
import urllib.parse
import urllib.request

# Loopback is not reached through a proxy.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Client:
    """A server at an address."""

    def __init__(self, url):
        self.url = url

    def ask(self, method, path, body=None, kind="application/json", author=None):
        """The headers and the body of an answer, which has to be one of success."""
        body = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        headers = {"content-type": kind} | ({"x-cowrite-author": author} if author else {})
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        with DIRECT.open(request, timeout=30) as answer:
            return answer.headers, answer.read()

    def document(self, name, text):
        """Makes a document; its path."""
        self.ask("POST", "/api/documents", {"name": name, "title": name, "format": "markdown", "content": text})
        return "/api/documents/" + urllib.parse.quote(name, safe="")

    def file(self, path, content):
        """Puts a file into a document; its id."""
        return json.loads(self.ask("POST", path + "/files", content)[1])["id"]

    def comment(self, path, number):
        """Says something of the word "write", and answers it; the comment's id and its messages'."""
        said = {"find": "write", "text": f"Who, and when? ({number})"}
        comment = json.loads(self.ask("POST", path + "/comments", said, author="Ada")[1])["id"]
        self.ask("POST", f"{path}/comments/{comment}/replies", {"text": "Grace, in May"}, author="Grace")
        threads = json.loads(self.ask("GET", path + "/comments")[1])["comments"]
        thread = next(thread for thread in threads if thread["id"] == comment)
        return comment, [message["id"] for message in thread["messages"]]
