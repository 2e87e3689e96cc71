"""What people change about themselves: their password, and whether they get letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledgerport.db.models import Role, User, UserSession
from ledgerport.services.context import Hub
from ledgerport.services.rejections import BadChoice
from ledgerport.services.sign_in import SignInRefused, Visitor, sign_in
from ledgerport.services.users import check_password, set_password

# Who came by a link may not know the password; so long after, nobody else sits at the browser yet.
_AFTER_LINK = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class MyAccount:
    """`asks_current`: the old password is asked for. `gets_letters`: None for people whom no letters are sent to."""

    has_password: bool
    asks_current: bool
    gets_letters: bool | None
    hub_sends_letters: bool


def show_account(hub: Hub, visitor: Visitor) -> MyAccount:
    """How it stands."""
    with hub.database.everything(read=True) as session:
        user = session.get_one(User, visitor.user_id)
        return MyAccount(
            has_password=bool(user.password_hash),
            asks_current=_asks_current(session, user, visitor, hub.clock.now()),
            gets_letters=user.notices_by_mail if user.role == Role.ADMIN else None,
            hub_sends_letters=hub.mail is not None,
        )


def change_password(hub: Hub, visitor: Visitor, *, current: str, new: str, again: str) -> str:
    """Set one's own password; the secret of a new session, since all others end. Raises BadChoice."""
    check_password(new)
    if new != again:
        raise BadChoice("again", "The two are not the same.", "Write the new password twice.")
    if show_account(hub, visitor).asks_current:
        try:
            # Counts wrong ones as the sign-in page does; the session it opens ends below with all others.
            sign_in(hub, email=visitor.email, password=current)
        except SignInRefused as error:
            wrong = error.reason if "Too many" in error.reason else "This is not your password."
            raise BadChoice("current", wrong, "Wait a minute, then try again.") from error
    set_password(hub, email=visitor.email, password=new)
    return sign_in(hub, email=visitor.email, password=new)


def want_letters(hub: Hub, visitor: Visitor, *, on: bool) -> None:
    """Get a letter for each notice from now on, or none."""
    with hub.database.everything() as session:
        session.get_one(User, visitor.user_id).notices_by_mail = on


def _asks_current(session: Session, user: User, visitor: Visitor, now: datetime) -> bool:
    if not user.password_hash:
        return False
    row = session.scalars(select(UserSession).where(UserSession.digest == visitor.session)).one_or_none()
    return row is None or not row.by_link or now - row.created_at > _AFTER_LINK
