"""Examples that no schema can tell: bodies with a rule between fields, answers without one, and what is not JSON."""

from collections.abc import Mapping
from typing import Any

BODIES: Mapping[str, Any] = {
    "NewChannel": {
        "provider": "twilio",
        "address": "+14155238886",
        "credentials": {"account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "from-the-twilio-console"},
    },
    "TextToSend": {"to": "+5215512345678", "text": "Tu pedido va en camino."},
    "TemplateToSend": {"to": "+5215512345678", "template": "order_shipped", "variables": {"1": "Ana"}},
    "SandboxMessage": {"from": "+5215512345678", "name": "Ana", "text": "Hola, ¿tienen talla 38?"},
    "ConsentChange": {"messages": False, "source": "asked at the counter"},
    "BulkChange": {
        "contact_ids": ["01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f"],
        "add_tags": ["vip"],
        "archived": False,
    },
    "NewField": {"key": "shoe-size", "label": "Shoe size", "kind": "number"},
    "PlaybookFile": {"format": "markdown", "text": "# Playbook\n\n## Voice\n\nTutea y sé breve.\n"},
    "NewLesson": {"rule": "Si preguntan por mascotas, di que son bienvenidas con correa."},
    "LessonChange": {"rule": "Si preguntan por mascotas, di que son bienvenidas con correa."},
    "NewSeries": {
        "service_id": "01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f",
        "start": "2026-08-07T10:30:00-03:00",
        "every": {"weeks": 1},
        "count": 10,
        "customer": {"name": "Bia", "phone": "+55 11 98765-4321"},
    },
    "NoteIn": {"body": "Prefers mornings."},
    "NewDocument": {"title": "Garantías", "text": "# Garantías\n\nDoce meses en bicicletas."},
    "BulkFaqs": {"csv": 'question,answer\n¿Abren en feriados?,"No, salvo diciembre."\n'},
    "NewTool": {
        "name": "delivery_time",
        "description": "When a parcel with this number arrives.",
        "method": "GET",
        "url": "https://api.carrier.example.com/parcels/{{number}}",
        "parameters": {
            "type": "object",
            "properties": {"number": {"type": "string", "maxLength": 40}},
            "required": ["number"],
        },
        "picks": {"arrives": "/parcel/eta"},
    },
    "ToolChange": {"enabled": False},
    "NewAbsence": {
        "staff_id": "01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f",
        "first_day": "2026-12-24",
        "reason": "Vacaciones",
    },
    "NewSecret": {"value": "from-the-carriers-console", "host": "api.carrier.example.com"},
    "Trial": {"arguments": {"number": "MX-1"}, "call": False},
}
"""By the name of a body's schema."""

ANSWERS: Mapping[str, Any] = {
    "/health/live": {"status": "ok"},
    "/health/ready": {"status": "ok", "database": "ok", "bell": "ok"},
    "/webhooks/stripe/{token}": {"received": True},
    "/webhooks/mercadopago/{token}": {"received": True},
}
"""By address, where the schema of what is answered names no field."""

TEXTS: Mapping[str, str] = {
    "text/csv": "id,name,email,phones\r\n01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f,Ana,ana@example.com,+5215512345678\r\n",
    "text/event-stream": "id: MTIzLjQ1Ni4xNzg2MDAwMDAw\r\nevent: message.received\r\n"
    'data: {"id": "01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f", "type": "message.received", "data": {}}\r\n\r\n',
    "text/markdown": "# Playbook\n\n## Voice\n\nTutea y sé breve.\n\n## Lessons\n\n- Ofrece la garantía.\n",
    "application/yaml": "voice: Tutea y sé breve.\nlessons:\n- Ofrece la garantía.\n",
    "application/xml": '<?xml version="1.0" encoding="UTF-8"?><Response></Response>',
}
"""By media type."""
