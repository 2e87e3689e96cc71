"""All groups of checks, in the order in which they are asked. A module that stands here is part of the suite."""

from ledgerport.testing.groups import (  # noqa: F401, I001 - importing a module puts its checks on the list, in this order
    terms,
    connection,
    real,
    tokens,
    create_update,
    batches,
    changed_there,
    unknown_outcome,
    time_outs,
    limits,
    matching,
    names,
    money,
    dates,
    paging,
    webhooks,
    secrets,
    trouble,
    undeclared,
    unknown_fields,
)
