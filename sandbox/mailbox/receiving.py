"""SMTP: mail comes in, and is kept, refused or lost."""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.mailbox.faults import Faults
from sandbox.mailbox.letters import Letters, read_letter

TAKEN = "250 2.0.0 Kept"
BUSY = "451 4.3.0 Try again later"


class Receiver:
    """What aiosmtpd asks when a mail has come."""

    def __init__(self, letters: Letters, faults: Faults) -> None:
        self.letters = letters
        self.faults = faults

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = self.faults.draw()
        if fault == "refuse":
            return BUSY
        if fault == "accept_then_drop":
            return TAKEN
        content = envelope.content or b""
        self.letters.keep(
            read_letter(
                content if isinstance(content, bytes) else content.encode(),
                sender=envelope.mail_from or "",
                sent_to=list(envelope.rcpt_tos),
            )
        )
        if fault == "accept_then_hang_up":
            # aiosmtpd closes the connection for this without a word to the sender.
            raise asyncio.CancelledError
        return TAKEN


async def listen(receiver: Receiver, port: int) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(receiver, hostname="mailbox.sandbox", enable_SMTPUTF8=True, loop=loop),
        "127.0.0.1",
        port,
    )
