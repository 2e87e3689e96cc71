"""The JSON members each entity may carry in a request; any other is refused with 2010.

Written by hand from the XML schemas' member names (JSON names equal them; attributes become plain members).
`NESTED` says which object stands under a member; objects that are not listed there are not looked into.
"""

from __future__ import annotations

from typing import Any

from ledgerport_quickbooks_sandbox.refusals import Refused, unknown_property

_ENTITY = "Id SyncToken MetaData CustomField AttachableRef domain status sparse"
_NAME = (
    "IntuitId Organization Title GivenName MiddleName FamilyName Suffix FullyQualifiedName CompanyName DisplayName "
    "PrintOnCheckName UserId Active V4IDPseudonym PrimaryPhone AlternatePhone Mobile Fax PrimaryEmailAddr WebAddr "
    "OtherContactInfo DefaultTaxCodeRef"
)
_TRANSACTION = (
    "DocNumber TxnDate DepartmentRef CurrencyRef ExchangeRate PrivateNote TxnStatus LinkedTxn Line "
    "TxnTaxDetail TxnSource "
    "TaxFormType TaxFormNum TransactionLocationType Tag TxnApprovalInfo RecurDataRef RecurringInfo "
    "ProjectRef TotalCostAmount "
    "HomeTotalCostAmount"
)
_SALES = (
    "AutoDocNumber CustomerRef CustomerMemo BillAddr ShipAddr FreeFormAddress ShipFromAddr "
    "RemitToRef ClassRef SalesTermRef "
    "DueDate SalesRepRef PONumber FOB ShipMethodRef ShipDate TrackingNum GlobalTaxCalculation TotalAmt HomeTotalAmt "
    "ApplyTaxAfterDiscount ShippingTaxIncludedInTotalTax TemplateRef PrintStatus EmailStatus "
    "BillEmail BillEmailCc BillEmailBcc "
    "ARAccountRef Balance HomeBalance FinanceCharge PaymentMethodRef PaymentRefNum PaymentType "
    "CheckPayment CreditCardPayment "
    "DepositToAccountRef DeliveryInfo DiscountRate DiscountAmt GovtTxnRefIdentifier TaxExemptionRef"
)
_ITEM_LINE = (
    "ItemRef ClassRef UnitPrice UnitCostPrice RatePercent PriceLevelRef MarkupInfo Qty UOMRef "
    "ItemAccountRef InventorySiteRef "
    "TaxCodeRef TaxClassificationRef"
)

KNOWN: dict[str, frozenset[str]] = {
    name: frozenset(" ".join(parts).split())
    for name, parts in {
        "Customer": (
            _ENTITY,
            _NAME,
            "Taxable BillAddr ShipAddr OtherAddr ContactName AltContactName Notes Job BillWithParent "
            "RootCustomerRef ParentRef "
            "Level CustomerTypeRef SalesTermRef SalesRepRef TaxGroupCodeRef TaxRateRef PaymentMethodRef "
            "CCDetail PriceLevelRef "
            "Balance OpenBalanceDate BalanceWithJobs CreditLimit AcctNum CurrencyRef OverDueBalance "
            "TotalRevenue TotalExpense "
            "PreferredDeliveryMethod ResaleNum JobInfo TDSEnabled CustomerEx SecondaryTaxIdentifier ARAccountRef "
            "PrimaryTaxIdentifier TaxExemptionReasonId IsProject BusinessNumber GSTIN GSTRegistrationType "
            "IsCISContractor "
            "ClientCompanyId ClientEntityId Source TaxRegime",
        ),
        "Vendor": (
            _ENTITY,
            _NAME,
            "ContactName AltContactName Notes BillAddr ShipAddr OtherAddr TaxCountry TaxIdentifier TaxIdEffectiveDate "
            "BusinessNumber ParentRef VendorTypeRef TermRef PrefillAccountRef Balance BillRate "
            "OpenBalanceDate CreditLimit AcctNum "
            "Vendor1099 T4AEligible T5018Eligible CurrencyRef TDSEnabled TDSEntityTypeId TDSSectionTypeId "
            "TDSOverrideThreshold "
            "TaxReportingBasis APAccountRef VendorEx GSTIN GSTRegistrationType IsSubContractor "
            "SubcontractorType CISRate HasTPAR "
            "VendorPaymentBankDetail Source CostRate",
        ),
        "Employee": (
            _ENTITY,
            _NAME,
            "EmployeeType EmployeeNumber SSN PrimaryAddr OtherAddr BillableTime BillRate BirthDate Gender "
            "HiredDate ReleasedDate "
            "UseTimeEntry EmployeeEx CostRate Notes",
        ),
        "Item": (
            _ENTITY,
            "Name Sku Description Active SubItem ParentRef Level FullyQualifiedName Taxable "
            "SalesTaxIncluded PercentBased UnitPrice "
            "RatePercent Type PaymentMethodRef UOMSetRef IncomeAccountRef PurchaseDesc PurchaseTaxIncluded "
            "PurchaseCost "
            "ExpenseAccountRef COGSAccountRef AssetAccountRef PrefVendorRef AvgCost TrackQtyOnHand "
            "QtyOnHand QtyOnPurchaseOrder "
            "QtyOnSalesOrder ReorderPoint ManPartNum DepositToAccountRef SalesTaxCodeRef PurchaseTaxCodeRef "
            "InvStartDate "
            "BuildPoint PrintGroupedItems SpecialItem SpecialItemType ItemGroupDetail ItemAssemblyDetail AbatementRate "
            "ReverseChargeRate ServiceType ItemCategoryType ItemEx TaxClassificationRef UQCDisplayText "
            "UQCId ClassRef Source "
            "DeferredRevenue CustomExtensions",
        ),
        "Account": (
            _ENTITY,
            "Name SubAccount ParentRef Description FullyQualifiedName AccountAlias TxnLocationType Active "
            "Classification "
            "AccountType AccountSubType AccountPurposes AcctNum AcctNumExtn BankNum OpeningBalance OpeningBalanceDate "
            "CurrentBalance CurrentBalanceWithSubAccounts CurrencyRef TaxAccount TaxCodeRef "
            "OnlineBankingEnabled FIName "
            "JournalCodeRef AccountEx",
        ),
        "Invoice": (
            _ENTITY,
            _TRANSACTION,
            _SALES,
            "Deposit AllowIPNPayment AllowOnlinePayment AllowOnlineCreditCardPayment AllowOnlineACHPayment "
            "AllowOnlinePayPalPayment EInvoiceStatus ECloudStatusTimeStamp CfdiUse Exportation GlobalInfo "
            "invoiceStatus "
            "callToAction invoiceStatusLog InvoiceEx LessCIS InvoiceLink PaymentDetailsMessage ConvenienceFeeDetail "
            "EnabledSurchargeInfo InvoiceLinkSecurityCode InvoiceLinkExpiryDate",
        ),
        "Estimate": (_ENTITY, _TRANSACTION, _SALES, "ExpirationDate AcceptedBy AcceptedDate EstimateEx"),
        "Payment": (
            _ENTITY,
            _TRANSACTION,
            "CustomerRef RemitToRef ARAccountRef DepositToAccountRef PaymentMethodRef PaymentRefNum "
            "PaymentType CheckPayment "
            "CreditCardPayment TotalAmt UnappliedAmt ProcessPayment PaymentExtendedType PaymentEx",
        ),
        "PaymentMethod": (_ENTITY, "Name Active Type PaymentMethodEx"),
        "Line": (
            "Id LineNum Description Amount Received LinkedTxn DetailType PaymentLineDetail "
            "DiscountLineDetail TaxLineDetail "
            "SalesItemLineDetail DescriptionLineDetail GroupLineDetail SubTotalLineDetail TDSLineDetail "
            "CustomField LineEx "
            "ProjectRef CostAmount HomeCostAmount CustomExtensions",
        ),
        "SalesItemLineDetail": (
            _ITEM_LINE,
            "ServiceDate TaxInclusiveAmt DiscountRate DiscountAmt DeferredRevenue SalesItemLineDetailEx",
        ),
        "DiscountLineDetail": (
            "ServiceDate ClassRef TaxCodeRef DiscountLineDetailEx DiscountRef PercentBased DiscountPercent "
            "DiscountAccountRef",
        ),
        "PhysicalAddress": (
            "Id Line1 Line2 Line3 Line4 Line5 City Country CountryCode County CountrySubDivisionCode "
            "PostalCode PostalCodeSuffix "
            "Lat Long Tag Note",
        ),
        "EmailAddress": ("Id Address Default Tag",),
        "TelephoneNumber": ("Id DeviceType CountryCode AreaCode ExchangeCode Extension FreeFormNumber Default Tag",),
        "TxnTaxDetail": ("DefaultTaxCodeRef TxnTaxCodeRef TotalTax TaxReviewStatus TaxLine UseAutomatedSalesTax",),
        "LinkedTxn": ("TxnId TxnType TxnLineId",),
        "ReferenceType": ("value name type",),
    }.items()
}

_ADDRESSES = dict.fromkeys(("BillAddr", "ShipAddr", "ShipFromAddr", "OtherAddr", "PrimaryAddr"), "PhysicalAddress")
_PHONES = dict.fromkeys(("PrimaryPhone", "AlternatePhone", "Mobile", "Fax"), "TelephoneNumber")
_MAILS = dict.fromkeys(("PrimaryEmailAddr", "BillEmail", "BillEmailCc", "BillEmailBcc"), "EmailAddress")
NESTED: dict[str, str] = {
    **_ADDRESSES,
    **_PHONES,
    **_MAILS,
    "Line": "Line",
    "LinkedTxn": "LinkedTxn",
    "TxnTaxDetail": "TxnTaxDetail",
    "SalesItemLineDetail": "SalesItemLineDetail",
    "DiscountLineDetail": "DiscountLineDetail",
}


_INNER = {
    **{name: "ReferenceType" for names in KNOWN.values() for name in names if name.endswith("Ref")},
    **NESTED,
}


def check(kind: str, data: dict[str, Any]) -> None:
    """Raises Refused 2010 for the first member that the schema of `kind` (or of an object inside) does not have."""
    known = KNOWN[kind]
    if not data.keys() <= known:
        stranger = next(name for name in data if name not in known)
        raise unknown_property(stranger, kind, sorted(known))
    for name, value in data.items():
        inner = _INNER.get(name)
        if inner is None or value is None or value == "":
            continue
        if type(value) is dict:
            check(inner, value)
        elif type(value) is list:
            for part in value:
                if type(part) is not dict:
                    raise Refused("2010", f"Property Name:{name} specified is unsupported or invalid", name)
                check(inner, part)
        else:
            raise Refused("2010", f"Property Name:{name} specified is unsupported or invalid", name)
