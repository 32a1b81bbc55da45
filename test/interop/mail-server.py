"""A mail server (aiosmtpd) for the tests of notifications: TLS, login, and every kind of refusal, as the file `mode` says.

Arguments: folder, port, `tls` | `starttls` | `none`. Each mail that is taken is a file N.eml in the folder.
"""

import os
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

folder, port, security = sys.argv[1], int(sys.argv[2]), sys.argv[3]
count = 0


def mode():
    try:
        with open(os.path.join(folder, "mode"), encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError:
        return "take"


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if mode() == "busy-for-second" and address.startswith("second"):
            return "450 4.2.0 greylisted, try again"
        if mode() == "no-second" and address.startswith("second"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        if mode() == "busy":
            return "451 4.3.0 the disk is full here"
        if mode() == "refuse":
            return "554 5.7.1 we do not like this"
        count += 1
        head = f"X-Test-Recipients: {','.join(envelope.rcpt_tos)}\r\nX-Test-Tls: {security == 'tls' or session.ssl is not None}\r\n"
        path = os.path.join(folder, f"{count}.part")
        with open(path, "wb") as file:
            file.write(head.encode() + envelope.content)
        os.rename(path, os.path.join(folder, f"{count}.eml"))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"muster" and data.password == b"s3cret-of-mail"
    return AuthResult(success=good, handled=good)


context = None
if security != "none":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))


class Server(Controller):
    def factory(self):
        login = {"authenticator": authenticate, "auth_required": True} if security != "none" else {}
        if security == "starttls":
            return SMTP(self.handler, tls_context=context, require_starttls=True, **login)
        return SMTP(self.handler, auth_require_tls=False, **login)


Server(Handler(), hostname="127.0.0.1", port=port, ssl_context=context if security == "tls" else None).start()
print("ready", flush=True)
threading.Event().wait()
