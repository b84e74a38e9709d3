"""Every table of the backend, for migrations and for the checks that read the whole of them."""

from backend.bookings import models as bookings
from backend.catalog import models as catalog
from backend.channels import models as channels
from backend.contacts import models as contacts
from backend.conversations import models as conversations
from backend.database import Record
from backend.orders import models as orders
from backend.payments import models as payments
from backend.playbooks import models as playbooks
from backend.tenants import models as tenants
from backend.usage import models as usage

NOUNS = (bookings, catalog, channels, contacts, conversations, orders, payments, playbooks, tenants, usage)
metadata = Record.metadata
