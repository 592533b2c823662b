"""A Django site with one page, which shows who signed in."""

import os
import sys
from wsgiref.simple_server import make_server

from django.contrib.auth.decorators import login_required
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse


@login_required
def home(request):
    lines = [f"user={request.user.get_username()}"]
    for name, values in request.session["attributes"].items():
        lines += [f"{name}={value}" for value in ([values] if isinstance(values, str) else values)]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    site = get_wsgi_application()
    call_command("migrate", verbosity=0)
    with make_server("127.0.0.1", int(sys.argv[1]), site) as server:
        print("ready", flush=True)
        server.serve_forever()
