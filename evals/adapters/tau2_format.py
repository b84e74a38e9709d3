"""What is read of tau2-bench's retail files; fields that are not needed are left aside.

Source: github.com/sierra-research/tau2-bench, `src/tau2/data_model/tasks.py`,
`src/tau2/domains/retail/data_model.py`.
"""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

Id = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Variant(BaseModel):
    item_id: Name
    options: dict[str, str] = Field(default={}, max_length=10)
    available: bool
    price: Decimal = Field(ge=0, le=10**9, allow_inf_nan=False)


class Product(BaseModel):
    product_id: Id
    name: Name
    variants: dict[str, Variant] = Field(max_length=200)


class PersonName(BaseModel):
    first_name: str
    last_name: str


class Address(BaseModel):
    zip: str = ""


class User(BaseModel):
    name: PersonName
    email: str = ""
    address: Address = Address()


class Database(BaseModel):
    """`db.json`. Orders are only asked for, never read: none can stand in a backend before the first word."""

    products: dict[str, Product] = Field(min_length=1, max_length=500)
    users: dict[str, User]
    orders: dict[str, Any]

    def user(self, arguments: dict[str, Any]) -> User | None:
        """Whom a call of a tool is about, by any of the ways in which tau2's tools name somebody."""
        if (found := self.users.get(str(arguments.get("user_id", "")))) is not None:
            return found
        email = str(arguments.get("email", "")).casefold()
        named = tuple(str(arguments.get(key, "")).casefold() for key in ("first_name", "last_name", "zip"))
        for user in self.users.values():
            if email and user.email.casefold() == email:
                return user
            full = (user.name.first_name.casefold(), user.name.last_name.casefold(), user.address.zip.casefold())
            if all(named) and full == named:
                return user
        return None

    def named_in(self, text: str) -> User | None:
        """The first user whose whole name a text holds."""
        said = text.casefold()
        names = ((f"{user.name.first_name} {user.name.last_name}".strip(), user) for user in self.users.values())
        return next((user for name, user in names if name and name.casefold() in said), None)


class Instructions(BaseModel):
    domain: str = "retail"
    reason_for_call: Name
    known_info: str | None = None
    unknown_info: str | None = None
    task_instructions: str | None = None


class UserScenario(BaseModel):
    persona: str | None = None
    instructions: Instructions | Name


class Action(BaseModel):
    name: Name
    arguments: dict[str, Any] = {}
    requestor: str = "assistant"


class Criteria(BaseModel):
    actions: list[Action] | None = None
    communicate_info: list[str] | None = None
    nl_assertions: list[str] | None = None
    env_assertions: list[Any] | None = None
    reward_basis: list[str] = ["DB", "COMMUNICATE"]


class Task(BaseModel):
    """An entry of `tasks.json`."""

    id: Id
    user_scenario: UserScenario
    evaluation_criteria: Criteria
    initial_state: Any = None
