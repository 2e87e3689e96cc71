"""Every table, so that one import knows the whole schema."""

from ledgerport.db.models.base import Base, TenantOwned
from ledgerport.db.models.circuits import PluginCircuit
from ledgerport.db.models.comparisons import Comparison, ComparisonState
from ledgerport.db.models.connections import ConnectAttempt, Connection, ConnectionState, Grant
from ledgerport.db.models.imports import CustomerCount, Import, ImportRow, ImportState, RowChoice, RowState
from ledgerport.db.models.mapping import IncomeAccount, LedgerAccount, RemoteTaxCode, TaxCode
from ledgerport.db.models.marks import Mark, SyncMark
from ledgerport.db.models.memory import (
    EntryReason,
    EntryState,
    MemoryEntry,
    MemoryLine,
    MemorySpend,
    MemoryVector,
    MemoryWork,
)
from ledgerport.db.models.outbox import Channel, OutboxRow, OutState, Webhook
from ledgerport.db.models.records import (
    Allocation,
    Customer,
    DocumentStatus,
    Estimate,
    EstimateLine,
    Invoice,
    InvoiceLine,
    Item,
    Payment,
)
from ledgerport.db.models.schedule import Schedule
from ledgerport.db.models.sync import (
    Attempt,
    Link,
    NameClaim,
    Notice,
    Op,
    Priority,
    Run,
    Send,
    SendState,
    Task,
    TaskState,
)
from ledgerport.db.models.tenants import ApiKey, ApiRequest, ProviderSwitch, Tenant
from ledgerport.db.models.users import Role, SignInLink, User, UserSession

__all__ = [
    "Allocation",
    "ApiKey",
    "ApiRequest",
    "Attempt",
    "Base",
    "Channel",
    "Comparison",
    "ComparisonState",
    "ConnectAttempt",
    "Connection",
    "ConnectionState",
    "Customer",
    "CustomerCount",
    "DocumentStatus",
    "EntryReason",
    "EntryState",
    "Estimate",
    "EstimateLine",
    "Grant",
    "Import",
    "ImportRow",
    "ImportState",
    "IncomeAccount",
    "Invoice",
    "InvoiceLine",
    "Item",
    "LedgerAccount",
    "Link",
    "Mark",
    "MemoryEntry",
    "MemoryLine",
    "MemorySpend",
    "MemoryVector",
    "MemoryWork",
    "NameClaim",
    "Notice",
    "Op",
    "OutState",
    "OutboxRow",
    "Payment",
    "PluginCircuit",
    "Priority",
    "ProviderSwitch",
    "RemoteTaxCode",
    "Role",
    "RowChoice",
    "RowState",
    "Run",
    "Schedule",
    "Send",
    "SendState",
    "SignInLink",
    "SyncMark",
    "Task",
    "TaskState",
    "TaxCode",
    "Tenant",
    "TenantOwned",
    "User",
    "UserSession",
    "Webhook",
]
