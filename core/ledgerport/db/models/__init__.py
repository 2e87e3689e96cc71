"""Every table, so that one import knows the whole schema."""

from ledgerport.db.models.base import Base, TenantOwned
from ledgerport.db.models.connections import ConnectAttempt, Connection, ConnectionState, Grant
from ledgerport.db.models.mapping import IncomeAccount, LedgerAccount, RemoteTaxCode, TaxCode
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

__all__ = [
    "Allocation",
    "ApiKey",
    "ApiRequest",
    "Attempt",
    "Base",
    "ConnectAttempt",
    "Connection",
    "ConnectionState",
    "Customer",
    "DocumentStatus",
    "Estimate",
    "EstimateLine",
    "Grant",
    "IncomeAccount",
    "Invoice",
    "InvoiceLine",
    "Item",
    "LedgerAccount",
    "Link",
    "NameClaim",
    "Notice",
    "Op",
    "Payment",
    "Priority",
    "ProviderSwitch",
    "RemoteTaxCode",
    "Run",
    "Schedule",
    "Send",
    "SendState",
    "Task",
    "TaskState",
    "TaxCode",
    "Tenant",
    "TenantOwned",
]
