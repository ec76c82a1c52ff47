"""A chat of your own on Okno, in the standard library: it takes signed events and answers each message with an echo.

    OKNO_SECRET=whsec_... OKNO_HOOK=https://okno.example.org/hook/custom/<account> python3 chat.py [port]
"""
import base64, datetime, hashlib, hmac, json, os, sys, time, urllib.request, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["OKNO_SECRET"].removeprefix("whsec_"))
seen = set()  # keep it in your database for a week: an id that you know already is a repeat


def sign(event_id, timestamp, body):
    tag = hmac.new(KEY, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(tag.digest()).decode()


def tell(kind, data):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    body = json.dumps({"type": kind, "timestamp": now, "data": data}).encode()
    event_id, seconds = str(uuid.uuid4()), str(int(time.time()))
    headers = {"webhook-id": event_id, "webhook-timestamp": seconds, "webhook-signature": sign(event_id, seconds, body)}
    request = urllib.request.Request(os.environ["OKNO_HOOK"], body, headers)
    urllib.request.urlopen(request, timeout=10)  # send it again, under the same id, while it answers 5xx


class Chat(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        event_id, timestamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        good = sign(event_id, timestamp, body)  # while the secret changes there are several
        signed = any(hmac.compare_digest(one, good) for one in self.headers["webhook-signature"].split(" "))
        if not signed or abs(time.time() - int(timestamp)) > 300:
            return self.answer(401)
        event = json.loads(body)
        if event["type"] == "message.created" and event_id not in seen:
            seen.add(event_id)
            data = event["data"]
            tell("message.read", {"id": data["id"]})
            tell("message.created", {"id": str(uuid.uuid4()), "person": data["person"], "text": "Echo: " + data["text"]})
        self.answer(200)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8000), Chat).serve_forever()
