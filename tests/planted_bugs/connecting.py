"""Bugs in speaking to a remote over HTTP."""

from tests.planted_bugs.plant import Edit, Plant, Witness

REPLIES = "outbox/connectors/replies.py"
HTTP = "outbox/connectors/bounded_http.py"
EXCHANGES = "outbox/connectors/exchanges.py"
REST = "outbox/connectors/rest.py"

PLANTS = [
    Plant(
        name="302 is a success",
        rule="A redirect says that the URL is wrong.",
        edits=[Edit(REPLIES, "    if 200 <= status < 300:\n", "    if 200 <= status < 400:\n")],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py", "test_a_redirect_is_not_followed"
        ),
    ),
    Plant(
        name="redirects are followed",
        rule="No header of ours leaves to another host.",
        edits=[
            Edit(
                HTTP,
                "            return reply\n",
                """\
            if "Location" in reply.headers:
                requests.request(method, reply.headers["Location"], headers=headers, data=body)
            return reply
""",
            )
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py", "test_a_redirect_is_not_followed"
        ),
    ),
    Plant(
        name="4xx is tried for ever",
        rule="What the remote refuses for good is not tried again.",
        edits=[
            Edit(
                REPLIES,
                "return Rejected(detail, status=status, response=response, conflict=",
                "return Failed(detail, status=status, response=response)  #",
            )
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_a_status_means_what_may_be_done_next",
        ),
    ),
    Plant(
        name="429 counts as an attempt",
        rule="A remote that wants less from everybody says nothing about the message.",
        edits=[
            Edit(REPLIES, "    if status in (429, 503):\n", "    if status == 503:\n"),
            Edit(REPLIES, "if status in (408, 425)", "if status in (408, 425, 429)"),
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_a_status_means_what_may_be_done_next",
        ),
    ),
    Plant(
        name="401 is the record's fault",
        rule="Refused credentials kill nothing.",
        edits=[Edit(REPLIES, "    if status == 401:\n", "    if status == 0:\n")],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_a_status_means_what_may_be_done_next",
        ),
    ),
    Plant(
        name="200 with rubbish is a delivery",
        rule="An acknowledgement shows the record.",
        edits=[
            Edit(
                REPLIES,
                "if values.get(request.key_field) != request.key:",
                "if request.sequence < 0:",
            )
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_a_200_that_is_not_the_record_is_no_delivery",
        ),
    ),
    Plant(
        name="a remote may ask to wait for years",
        rule="Retry-After is obeyed within bounds.",
        edits=[
            Edit(
                REPLIES,
                "return min(float(raw[:12]), LONGEST_RETRY_AFTER)",
                "return float(raw[:12])",
            )
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_retry_after_is_obeyed_within_bounds",
        ),
    ),
    Plant(
        name="the deadline starts anew with each byte",
        rule="A request has a deadline in all, however its bytes drip.",
        edits=[
            Edit(HTTP, "                exchange.expire()\n", "                pass\n"),
            Edit(
                HTTP,
                "            if elapsed() >= exchange.ends_at:\n"
                "                raise TimeoutError  # a head",
                "            if elapsed() < 0:\n                raise TimeoutError  # a head",
            ),
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_the_deadline_ends_a_reply_that_does_not",
        ),
    ),
    Plant(
        name="a reply may be of any size",
        rule="At most 1 MiB is read, decompressed.",
        edits=[
            Edit(
                EXCHANGES,
                "    if len(body) > largest:\n        raise ValueError",
                "    if len(body) < 0:\n        raise ValueError",
            )
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_a_reply_of_more_than_a_mebibyte_is_none",
        ),
    ),
    Plant(
        name="a request without a reply is repeated at once",
        rule="What may have left is repeated by nobody but the outbox.",
        edits=[
            Edit(
                EXCHANGES,
                "            connection.close()\n            raise\n",
                """\
            connection.close()
            return connection.ask(method, request, largest_reply)
""",
            )
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py", "test_nothing_is_sent_twice_by_itself"
        ),
    ),
    Plant(
        name="what was cut off counts as not sent",
        rule="Once a byte may have left, the outcome is unknown.",
        edits=[Edit(EXCHANGES, "        self.exchange.sent = True\n", "")],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_a_reset_after_sending_leaves_the_outcome_unknown",
        ),
    ),
    Plant(
        name="no idempotency key is sent",
        rule="Each write carries its key.",
        edits=[Edit(REST, '                "Idempotency-Key": request.idempotency_key,\n', "")],
        noticed_by=Witness(
            "outbox/connectors/test_conformance.py", "test_the_same_request_twice_has_one_effect"
        ),
    ),
    Plant(
        name="one payload makes different bytes",
        rule="The same payload makes the same bytes.",
        edits=[
            Edit(
                "outbox/connectors/rest_writes.py",
                "payload, sort_keys=True,",
                "payload, sort_keys=False,",
            )
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py", "test_one_payload_makes_the_same_bytes"
        ),
    ),
    Plant(
        name="a conflict with our own sequence is a refusal",
        rule="The remote holds exactly this message: an earlier try was applied.",
        edits=[Edit(REPLIES, "if is_gone or is_held:", "if is_gone:")],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_a_conflict_with_our_own_sequence_means_it_was_applied",
        ),
    ),
    Plant(
        name="a delete of what is gone is refused",
        rule="What is not there is deleted.",
        edits=[Edit(REPLIES, "if is_gone or is_held:", "if is_held:")],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_a_404_on_delete_is_delivered_where_the_ping_is_taken",
        ),
    ),
    Plant(
        name="a wrong URL kills messages",
        rule="Where the ping is answered likewise, the settings are wrong, and nothing dies.",
        edits=[
            Edit(
                REST,
                "            self._require_well(reply.status)\n        outcome = judge(",
                "            pass\n        outcome = judge(",
            )
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_a_404_is_the_url_where_the_ping_finds_nothing_either",
        ),
    ),
    Plant(
        name="the environment sends requests elsewhere",
        rule="No proxy and no credentials come from the environment.",
        edits=[
            Edit(
                HTTP,
                "request = requests.Request(",
                "request = requests.Session().prepare_request(requests.Request(",
            ),
            Edit(HTTP, "        ).prepare()\n", "        ))\n"),
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_no_proxy_and_no_credentials_come_from_the_environment",
        ),
    ),
    Plant(
        name="a bad certificate is a wrong setting",
        rule="Whom we cannot trust is not reached, and is tried again.",
        edits=[
            Edit(
                EXCHANGES,
                "except (ssl.SSLError, CertificateError) as error:",
                "except EOFError as error:",
            )
        ],
        noticed_by=Witness("faults/test_unreachable.py", "test_a_bad_certificate"),
    ),
    Plant(
        name="a refusal while the request is being sent is lost",
        rule="What the remote has answered counts, whether or not it read everything.",
        edits=[
            Edit(
                EXCHANGES,
                "            if not self.exchange.sent:\n                raise\n",
                "            raise\n",
            )
        ],
        noticed_by=Witness(
            "outbox/connectors/test_exchanges.py",
            "test_a_refusal_counts_though_the_request_was_not_read",
        ),
    ),
    Plant(
        name="half a reply is a whole one",
        rule="A reply that was cut off is none.",
        edits=[
            Edit(EXCHANGES, "if response.length and len(body) <= largest:", "if len(body) < 0:")
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_over_the_wire.py",
            "test_a_reply_of_wrong_length_is_no_delivery",
        ),
    ),
    Plant(
        name="a header may hold another",
        rule="What is sent is one request, with the headers it should have.",
        edits=[Edit(HTTP, "            check_header_validity(header)\n", "            pass\n")],
        noticed_by=Witness(
            "outbox/connectors/test_exchanges.py", "test_a_header_that_would_be_another_is_not_sent"
        ),
    ),
    Plant(
        name="each request makes a connection",
        rule="Connections are kept.",
        edits=[Edit(EXCHANGES, "        if response.will_close:\n", "        if response:\n")],
        noticed_by=Witness("outbox/connectors/test_exchanges.py", "test_a_connection_is_kept"),
    ),
    Plant(
        name="connections outlive their session",
        rule="It gives them back when it is closed.",
        edits=[Edit(HTTP, "            self._remote.pool.close()\n", "            pass\n")],
        noticed_by=Witness(
            "outbox/connectors/test_exchanges.py", "test_closing_closes_what_was_kept"
        ),
    ),
]
