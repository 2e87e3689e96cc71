"""What is written into a cassette has lost its secrets before; what is matched has, too."""

from __future__ import annotations

from typing import Any

import pytest
from vcr.request import Request  # type: ignore[import-untyped]

from ledgerport.testing.cassettes import NotedPersister, cassette_config, scrubbed_text

SECRET = "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2In0..x1y2z3"


def recorded(method: str, uri: str, body: bytes | None = None, **headers: str) -> Any:
    """A request as a cassette would hold it; None: it would not."""
    config = cassette_config(record=True, ignore_paths=("/_sandbox/",), replace={"123146": "9341450000000001"})
    named = {_name(name): value for name, value in headers.items()}
    return config["before_record_request"](Request(method, uri, body, named))


def answered(body: bytes, **headers: str) -> Any:
    """An answer as a cassette would hold it."""
    answer = {
        "status": {"code": 200, "message": "OK"},
        "headers": {_name(name): [value] for name, value in headers.items()},
        "body": {"string": body},
    }
    return cassette_config(record=True, keep_headers=("intuit_tid",))["before_record_response"](answer)


def _name(keyword: str) -> str:
    return keyword if keyword == "intuit_tid" else keyword.replace("_", "-")


def test_an_authorization_keeps_its_scheme_only() -> None:
    request = recorded("GET", "http://127.0.0.1:9001/v3/company/1/query", Authorization=f"Bearer {SECRET}")

    assert dict(request.headers) == {"Authorization": "Bearer REDACTED"}


def test_a_refresh_keeps_its_grant_type_and_loses_its_token() -> None:
    request = recorded(
        "POST",
        "https://oauth.example/tokens/bearer",
        b"grant_type=refresh_token&refresh_token=RT1-22-H0-abc&client_secret=s3cret",
        Content_Type="application/x-www-form-urlencoded",
    )

    assert request.body == b"grant_type=refresh_token&refresh_token=REDACTED&client_secret=REDACTED"


def test_an_authorization_code_is_a_secret_and_an_error_code_is_not() -> None:
    form = scrubbed_text("grant_type=authorization_code&code=XAB1", "application/x-www-form-urlencoded")
    fault = scrubbed_text('{"Fault":{"Error":[{"code":"6240"}]}}', "application/json")

    assert form == "grant_type=authorization_code&code=REDACTED"
    assert fault == '{"Fault":{"Error":[{"code":"6240"}]}}'


def test_tokens_of_an_answer_are_lost_at_any_depth() -> None:
    body = b'{"data":[{"access_token":"a1","refresh_token":"r1","expires_in":3600}],"id_token":"i1"}'

    assert answered(body)["body"]["string"] == (
        b'{"data": [{"access_token": "REDACTED", "refresh_token": "REDACTED", "expires_in": 3600}], '
        b'"id_token": "REDACTED"}'
    )


def test_the_beginning_of_a_token_that_an_error_quotes_is_lost() -> None:
    assert scrubbed_text('{"detail":"Token expired: eyJlbmMiOiJB.."}') == '{"detail":"Token expired: REDACTED"}'


def test_an_answer_without_secrets_stays_as_it_came() -> None:
    page = b"<html>\r\n<body>  502 Bad Gateway </body>\r\n</html>"

    assert answered(page)["body"]["string"] == page


def test_cookies_and_servers_are_not_written_and_the_trace_id_is() -> None:
    answer = answered(b"{}", Set_Cookie="session=1", Server="nginx", intuit_tid="1-abc", Content_Type="text/plain")

    assert answer["headers"] == {"intuit_tid": ["1-abc"], "Content-Type": ["text/plain"]}


def test_the_host_and_a_real_companys_id_are_replaced() -> None:
    request = recorded("GET", "http://127.0.0.1:9001/v3/company/123146/query?query=SELECT%201")

    assert request.uri == "https://provider.example/v3/company/9341450000000001/query?query=SELECT%201"


def test_what_the_stage_asks_of_a_sandbox_is_not_recorded() -> None:
    assert recorded("POST", "http://127.0.0.1:9001/_sandbox/faults", b"{}") is None


def test_a_body_that_is_no_text_is_not_written() -> None:
    with pytest.raises(UnicodeDecodeError):
        answered(b"\xff\xd8\xff")


def test_without_recording_only_the_cassette_answers() -> None:
    assert cassette_config(record=False)["record_mode"] == "none"


def test_a_cassette_that_does_not_say_where_it_comes_from_is_not_written(tmp_path: Any) -> None:
    with pytest.raises(ValueError, match="does not say where it comes from"):
        NotedPersister.save_cassette(str(tmp_path / "x.yaml"), {"requests": [], "responses": []}, None)

    assert list(tmp_path.iterdir()) == []
