"""What letters say: plain text, three languages, one link."""

from email.message import EmailMessage
from string import Template

from backend.conversations.notices import language
from backend.mail.links import mail_token
from backend.mail.models import Mail, MailKind
from backend.settings import Settings

_LONGEST_NAME = 80

_SUBJECTS: dict[str, dict[str, str]] = {
    MailKind.VERIFY: {
        "es": "Confirma tu correo",
        "pt": "Confirme seu e-mail",
        "en": "Confirm your e-mail",
    },
    MailKind.RESET: {
        "es": "Tu nueva contraseña",
        "pt": "Sua nova senha",
        "en": "Your new password",
    },
    MailKind.TAKEN: {
        "es": "Ya tienes una cuenta",
        "pt": "Você já tem uma conta",
        "en": "You have an account already",
    },
    MailKind.INVITE: {
        "es": "Te invitan a $business",
        "pt": "Convite para $business",
        "en": "You are invited to $business",
    },
}
_BODIES: dict[str, dict[str, str]] = {
    MailKind.VERIFY: {
        "es": "Abre este enlace para confirmar que este correo es tuyo. Sirve durante tres días.",
        "pt": "Abra este link para confirmar que este e-mail é seu. Ele vale por três dias.",
        "en": "Open this link to confirm that this e-mail is yours. It is good for three days.",
    },
    MailKind.RESET: {
        "es": "Abre este enlace para elegir una contraseña nueva. Sirve durante una hora y una sola vez.",
        "pt": "Abra este link para escolher uma nova senha. Ele vale por uma hora e uma única vez.",
        "en": "Open this link to choose a new password. It is good for one hour and once.",
    },
    MailKind.TAKEN: {
        "es": "Alguien quiso crear una cuenta con este correo, que ya tiene una. Si fuiste tú, entra con tu contraseña "
        "de siempre, o abre este enlace para elegir otra. Sirve durante una hora y una sola vez.",
        "pt": "Alguém quis criar uma conta com este e-mail, que já tem uma. Se foi você, entre com a senha de sempre, "
        "ou abra este link para escolher outra. Ele vale por uma hora e uma única vez.",
        "en": "Somebody tried to sign up with this e-mail, which has an account already. If it was you, sign in with "
        "your password, or open this link to choose another. It is good for one hour and once.",
    },
    MailKind.INVITE: {
        "es": "$inviter te invita a trabajar en $business. Abre este enlace para aceptar. Sirve durante siete días.",
        "pt": "$inviter convida você para trabalhar em $business. Abra este link para aceitar. Ele vale por sete dias.",
        "en": "$inviter invites you to work for $business. Open this link to accept. It is good for seven days.",
    },
}
_UNASKED = {
    "es": "Si no esperabas este mensaje, no hagas nada: sin el enlace no cambia nada.",
    "pt": "Se você não esperava esta mensagem, não faça nada: sem o link nada muda.",
    "en": "If you did not expect this message, do nothing: without the link nothing changes.",
}


def letter_link(settings: Settings, mail: Mail) -> str:
    """Where the letter leads."""
    return f"{settings.public_url}/letters/{mail_token(settings, mail.id, mail.kind)}"


def compose(settings: Settings, mail: Mail) -> EmailMessage:
    """The letter as it is sent. Its Message-ID is the same at every try, so that a mailbox shows it once."""
    tongue = language(mail.locale)
    words = {name: _one_line(value) for name, value in mail.words.items()}
    words["inviter"] = words.get("inviter") or words.get("business", "")
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.address
    message["Subject"] = Template(_SUBJECTS[mail.kind][tongue]).safe_substitute(words)
    message["Message-ID"] = f"<{mail.id}@{settings.mail_from.rpartition('@')[2].rstrip('>')}>"
    message["Date"] = mail.created_at
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = tongue
    said = Template(_BODIES[mail.kind][tongue]).safe_substitute(words)
    message.set_content(f"{said}\n\n{letter_link(settings, mail)}\n\n{_UNASKED[tongue]}\n", cte="quoted-printable")
    return message


def _one_line(text: str) -> str:
    """A name from somebody else: without line breaks, which would be headers, and not longer than a name."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:_LONGEST_NAME]
