"""An application with python-cas: CAS 2.0 or 3.0, and single logout with 3.0."""

from http.cookies import SimpleCookie
from secrets import token_urlsafe
from urllib.parse import parse_qs
from wsgiref.simple_server import make_server

from cas import CASClient, CASClientV3

SERVICE = "http://127.0.0.1:{{PORT}}/"
CLIENT = CASClient(
    version={{VERSION}},
    service_url=SERVICE,
    server_url="{{CAS}}/",
    verify_ssl_certificate="{{CA}}",
)

visits = {}  # session identifier -> (ticket, user, attributes)


def application(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST":
        return end_session(environ, start_response)
    cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("session")
    visit = visits.get(cookie.value) if cookie else None
    if visit:
        _, user, attributes = visit
        lines = [f"user={user}"]
        for name, values in (attributes or {}).items():
            lines += [f"{name}={value}" for value in ([values] if isinstance(values, str) else values)]
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        return ["\n".join(lines).encode()]
    ticket = parse_qs(environ["QUERY_STRING"]).get("ticket", [None])[0]
    if not ticket:
        start_response("302 Found", [("Location", CLIENT.get_login_url())])
        return []
    user, attributes, _ = CLIENT.verify_ticket(ticket)
    if not user:
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"the ticket was refused"]
    session = token_urlsafe()
    visits[session] = (ticket, user, attributes)
    start_response("302 Found", [("Location", SERVICE), ("Set-Cookie", f"session={session}; Path=/; HttpOnly")])
    return []


def end_session(environ, start_response):
    """A logout message: the sessions opened with the tickets that it names are forgotten."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
    message = parse_qs(body)["logoutRequest"][0]
    ended = [index.text for index in CASClientV3.get_saml_slos(message) or []]
    for session in [session for session, visit in visits.items() if visit[0] in ended]:
        del visits[session]
    start_response("200 OK", [])
    return []


with make_server("127.0.0.1", {{PORT}}, application) as server:
    print("ready", flush=True)
    server.serve_forever()
