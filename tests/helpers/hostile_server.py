"""A file server on loopback that misbehaves on request, and counts what it serves."""

import ssl
import threading
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What the server has, how it behaves, and what it did."""

    files: dict[str, bytes]
    ranges: bool = True  # whether it can give a part
    login: str = ""  # "name:password" that a client must send
    length: bool = True  # whether it says how long a file is
    # Name to what its next answers are: a status, ("drop", bytes), ("stall", bytes), ("wrong", content),
    # ("wait", seconds), ("redirect", URL). Without any, the file.
    answers: dict[str, list] = field(default_factory=dict)
    asked: list[tuple[str, int, str | None]] = field(default_factory=list)  # name, status, Range
    served: dict[str, int] = field(default_factory=dict)  # bytes of each file
    url: str = ""
    block: int = 2**16  # bytes that it sends at once
    pause: float = 0.0  # seconds after each block


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Nothing on the console."""

    def _empty(self, name: str, status: int, **headers: str) -> None:
        self.server.site.asked.append((name, status, self.headers.get("Range")))
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        site, name = self.server.site, self.path.strip("/")
        with self.server.lock:
            planned = site.answers.get(name)
            action = planned.pop(0) if planned else None
        wanted = f"Basic {b64encode(site.login.encode()).decode()}"
        if site.login and self.headers.get("Authorization") != wanted:
            self._empty(name, 401)
        elif isinstance(action, int):
            self._empty(name, action)
        elif isinstance(action, tuple) and action[0] == "wait":
            self._empty(name, 429, Retry_After=str(action[1]))
        elif isinstance(action, tuple) and action[0] == "redirect":
            self._empty(name, 302, Location=action[1])
        elif name not in site.files:
            self._empty(name, 404)
        else:
            self._file(site, name, action or ("whole", None))

    def _file(self, site: Site, name: str, action: tuple) -> None:
        content = action[1] if action[0] == "wrong" else site.files[name]
        asked = self.headers.get("Range") if site.ranges else None
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if start >= len(content) > 0:
            self._empty(name, 416, Content_Range=f"bytes */{len(content)}")
            return
        status = 206 if asked else 200
        site.asked.append((name, status, self.headers.get("Range")))
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if site.length:
            self.send_header("Content-Length", str(len(content) - start))
        self.send_header("Connection", "close")
        self.end_headers()
        stop = start + action[1] if action[0] in ("drop", "stall") else len(content)
        self._send(site, name, content[start:stop])
        if action[0] == "stall":
            self.server.stop.wait()
        self.close_connection = True

    def _send(self, site: Site, name: str, content: bytes) -> None:
        for at in range(0, len(content), site.block):
            block = content[at : at + site.block]
            try:
                self.wfile.write(block)
                self.wfile.flush()
            except OSError:
                return  # the client has gone
            with self.server.lock:
                site.served[name] = site.served.get(name, 0) + len(block)
            if site.pause:
                self.server.stop.wait(site.pause)


@contextmanager
def serve(site: Site, context: ssl.SSLContext | None = None):
    """Serve a site on a free port of 127.0.0.1 for the block, by HTTPS with a context; its address is
    `site.url`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.site, server.lock, server.stop = site, threading.Lock(), threading.Event()
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    site.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
