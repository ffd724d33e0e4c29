"""Rules about workspaces, members and their tokens."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from scorers.database_schema.oracles.multi_tenant_saas.machine_base import TrackerBase
from scorers.database_schema.oracles.multi_tenant_saas.model import TAKEN, Member, Workspace, moment, pick
from scorers.database_schema.session import Params

numbers = st.integers(0, 50)
times = st.integers(0, 6)
NAMES = ["Ann", " Ämil Zoë 🦊 ", 'O\'Brien; -- "x"', "100% :name $1 {y}", "two\nlines", "n" * 100, "ß" * 100, "NULL"]
EMAILS = ["ann@x.example", "Ann@X.example", "ANN@x.EXAMPLE", "bob+1@x.example", "BOB+1@x.example", "c_d@y"]
names, emails = st.sampled_from(NAMES), st.sampled_from(EMAILS)


class MemberMachine(TrackerBase):
    """Calls that make workspaces, members and tokens."""

    @rule(number=numbers)
    def register_again(self, number: int) -> None:
        """An id that is taken, or now and then one more workspace."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        if number % 5 == 0 and len(self.workspaces) < 4:
            self.join(self.open_workspace(), "ann@x.example", "Ann", "owner", 0)
            return
        params = {"workspace_id": workspace.id, "name": "Again", "created_at": moment(1)}
        self.expect_refusal("register_workspace", params, TAKEN, tenant=workspace.id)

    @rule(number=numbers, email=emails, name=names, role=st.sampled_from(["owner", "member", "guest"]), at=times)
    def add_member(self, number: int, email: str, name: str, role: str, at: int) -> None:
        """A new address, or one that is taken in some spelling."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        if workspace.member_by_email(email):
            params: Params = {"email": email, "name": name, "role": role, "created_at": moment(at)}
            self.expect_refusal("add_member", params, TAKEN, tenant=workspace.id)
        else:
            self.join(workspace, email, name, role, at)

    @rule(number=numbers, who=numbers, at=times)
    def deactivate(self, number: int, who: int, at: int) -> None:
        """Deactivate somebody, once, twice, or nobody."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        if who % 7 == 6:
            params = {"member_id": self.unknown("member"), "deactivated_at": moment(at)}
            self.expect_not_accepted("deactivate_member", params, workspace)
            return
        member = pick(workspace.members, who)
        params = {"member_id": member.id, "deactivated_at": moment(at)}
        if member.deactivated_at is None:
            self.give_token(workspace, member, at)
            self.expect_rows("deactivate_member", params, [{"member_id": member.id}], tenant=workspace.id)
            member.deactivated_at = moment(at)
            again = {"email": member.email.upper(), "name": "Again", "role": "guest", "created_at": moment(at)}
            self.expect_refusal("add_member", again, TAKEN, tenant=workspace.id)
            self.compare_token(workspace, member.token or "")
        else:
            self.expect_rows("deactivate_member", params, [], tenant=workspace.id)

    @rule(number=numbers, who=numbers, at=times)
    def issue_tokens(self, number: int, who: int, at: int) -> None:
        """Two tokens one after the other, or one for nobody."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        member = pick(workspace.members, who)
        params: Params = {"member_id": member.id, "token": self.new_token(), "created_at": moment(at)}
        if who % 7 == 6:
            params["member_id"] = self.unknown("member")
            self.expect_not_accepted("issue_api_token", params, workspace)
        elif member.deactivated_at is None:
            self.give_token(workspace, member, at)
            self.give_token(workspace, member, at)
        else:
            self.expect_rows("issue_api_token", params, [], tenant=workspace.id)
            self.compare_token(workspace, str(params["token"]))

    def give_token(self, workspace: Workspace, member: Member, at: int) -> None:
        """Issue a token to an active member; it works, and the one before no longer does."""
        token, earlier = self.new_token(), member.token
        params = {"member_id": member.id, "token": token, "created_at": moment(at)}
        self.expect_rows("issue_api_token", params, [{"member_id": member.id}], tenant=workspace.id)
        member.token = token
        self.compare_token(workspace, token)
        if earlier:
            self.compare_token(workspace, earlier)

    def join(self, workspace: Workspace, email: str, name: str, role: str, at: int) -> None:
        """Add a member who must be welcome."""
        params = {"email": email, "name": name, "role": role, "created_at": moment(at)}
        row = self.expect_row("add_member", params, tenant=workspace.id)
        if any(row["member_id"] == member.id for member in workspace.members):
            self.fail("add_member", "an id of its own", f"{row['member_id']} a second time")
        self.note_id("member", row["member_id"])
        workspace.members.append(Member(row["member_id"], email, name, role))
