"""A bucket in memory that speaks as much of S3 as a client of it needs: objects, ranges, parts, listings."""

import re
from datetime import UTC, datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class Bucket:
    """The objects of a bucket, and a server for it at `url`."""

    def __init__(self):
        self.objects = {}
        self.written = {}
        self.parts = {}
        self.requests = []
        self.down = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.port = self._server.server_address[1]
        self.url = f"s3+http://key:se%2Fcret@127.0.0.1:{self.port}/bucket/media?region=eu-north-1"
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def put(self, name, content, at=None):
        self.objects[name] = content
        self.written[name] = at or datetime.now(UTC)

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def _handler(bucket):  # noqa: C901 - one method for each method of HTTP
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def _asked(self):
            parts = urlsplit(self.path)
            self.name = unquote(parts.path).removeprefix("/bucket").removeprefix("/")
            self.query = parse_qs(parts.query, keep_blank_values=True)
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            bucket.requests.append((self.command, self.name, self.headers.get("Authorization", "")))
            if bucket.down:
                self._say(503)
            return not bucket.down

        def _say(self, code, body=b"", **headers):
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_PUT(self):
            if not self._asked():
                return
            tag = f'"{md5(self.body).hexdigest()}"'
            if "partNumber" in self.query:
                bucket.parts[int(self.query["partNumber"][0])] = self.body
            else:
                bucket.put(self.name, self.body)
            self._say(200, ETag=tag)

        def do_POST(self):
            if not self._asked():
                return
            if "uploads" in self.query:
                bucket.parts.clear()
                self._xml(
                    "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
                )
            elif "uploadId" in self.query:
                bucket.put(self.name, b"".join(part for _, part in sorted(bucket.parts.items())))
                self._xml('<CompleteMultipartUploadResult><ETag>"1"</ETag></CompleteMultipartUploadResult>')

        def do_GET(self):
            if not self._asked():
                return
            if "list-type" in self.query:
                self._list(self.query.get("prefix", [""])[0])
                return
            content = bucket.objects.get(self.name)
            if content is None:
                self._say(404, b"<Error><Code>NoSuchKey</Code></Error>")
                return
            about = {
                "ETag": '"1"',
                "Last_Modified": bucket.written[self.name].strftime("%a, %d %b %Y %H:%M:%S GMT"),
            }
            wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if not wanted:
                self._say(200, content, **about)
                return
            start, stop = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
            about["Content_Range"] = f"bytes {start}-{stop}/{len(content)}"
            self._say(206, content[start : stop + 1], **about)

        do_HEAD = do_GET  # noqa: N815 - the name that the server calls

        def do_DELETE(self):
            if self._asked():
                bucket.objects.pop(self.name, None)
                self._say(204)

        def _list(self, prefix):
            rows = "".join(
                f"<Contents><Key>{escape(name)}</Key><Size>{len(content)}</Size><ETag>1</ETag>"
                f"<LastModified>{bucket.written[name].strftime('%Y-%m-%dT%H:%M:%S.000Z')}</LastModified></Contents>"
                for name, content in sorted(bucket.objects.items())
                if name.startswith(prefix)
            )
            self._xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>")

        def _xml(self, text):
            self._say(200, text.encode(), Content_Type="application/xml")

    return Handler
