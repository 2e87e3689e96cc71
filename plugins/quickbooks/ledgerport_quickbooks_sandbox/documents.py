"""A sales form as a PDF, and sent by e-mail (section 2)."""

from __future__ import annotations

from typing import Any

from ledgerport_quickbooks_sandbox import rules
from ledgerport_quickbooks_sandbox.envelopes import stamp
from ledgerport_quickbooks_sandbox.refusals import Refused, inactive, missing
from ledgerport_quickbooks_sandbox.state import Books, public
from ledgerport_sandbox import Reply


def _form(books: Books, kind: str, id: str) -> dict[str, Any]:
    if kind not in {"Invoice", "Estimate", "Payment"}:
        raise Refused("500", "Operation is not supported.", kind="SystemFault")
    doc = books.get(kind, id)
    if doc is None:
        raise inactive()
    return doc


def pdf(books: Books, kind: str, id: str) -> Reply:
    """A one-page PDF with the number and total of the document. Raises Refused 610."""
    doc = _form(books, kind, id)
    title = f"{books.company.name} - {kind} {doc.get('DocNumber', id)} - {doc['TotalAmt']:.2f} {books.company.currency}"
    text = title.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    stream = b"BT /F1 14 Tf 50 780 Td (" + text + b") Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for index, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj%b\nendobj\n" % (index, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"xref\n0 6\n0000000000 65535 f \n%btrailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(body),
    )
    return Reply(200, body + end, [("content-type", "application/pdf")])


def deliver_by_mail(books: Books, kind: str, id: str, address: str | None) -> dict[str, Any]:
    """Mark a sales form as sent; `address` replaces its BillEmail. Raises Refused 610, 2020, 2210."""
    doc = _form(books, kind, id)
    if address:
        doc["BillEmail"] = {"Address": address}
        rules.email(doc, "BillEmail")
    if not (doc.get("BillEmail") or {}).get("Address"):
        raise missing("BillEmail")
    doc["EmailStatus"] = "EmailSent"
    doc["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": stamp(books.clock.now())}
    return public(books.update(kind, doc, "emailed"))
