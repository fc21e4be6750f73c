"""Whom `casework up` lets in on its first run: one person of each role, named after it."""

import asyncio
from typing import TYPE_CHECKING

from casework.records import Person
from cli import data_dir
from cli.data_dir import DataDir

if TYPE_CHECKING:
    from storage.staff import Staff
    from storage.store import Store


async def employ(staff: "Staff", data: DataDir) -> None:
    """On the first run, or over a new database. The file is written last, so that what is in it
    always works."""
    known = data.tokens_file.exists()
    if known and await staff.everybody():
        return
    tokens = data.tokens() if known else data_dir.new_tokens()
    for role, token in tokens.items():
        await staff.add(Person(id=role.value, role=role), token)
    data.keep_tokens(tokens)


async def give_passwords(store: "Store", data: DataDir) -> None:
    """To each of them who signs in and was not revoked since, where there are none yet."""
    known = data.passwords_file.exists()
    if known and await store.logins.has_passwords():
        return
    passwords = data.passwords() if known else data_dir.new_passwords()
    here = {person.id for person in await store.staff.everybody()}
    given = {role: password for role, password in passwords.items() if role.value in here}
    await asyncio.gather(
        *(store.logins.set_password(role.value, password) for role, password in given.items())
    )
    data.keep_passwords(given)
