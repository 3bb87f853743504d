"""The docs pages: their examples run and answer as they say."""

import html
import os
import re
import subprocess

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from api.problem_kinds import problem_kinds
from tests.api.conftest import RIGHTS, token_of, user_with

PAGES = ("/api/docs/", "/api/docs/problems", "/api/docs/reference/")


def examples(page: str) -> list[tuple[str, int]]:
    """Each example's commands and the status that it is said to answer with."""
    figures = re.findall(r'<figure class="api-example">(.*?)</figure>', page, re.DOTALL)
    found = []
    for figure in figures:
        [commands] = re.findall(r"<pre><code>(.*?)</code></pre>", figure, re.DOTALL)
        [status] = re.findall(r"answers <b>(\d+)</b>", figure)
        found.append((html.unescape(commands), int(status)))
    return found


@pytest.mark.django_db(transaction=True)
def test_each_example_answers_as_the_page_says(live_server: LiveServer) -> None:
    alice = user_with("alice", *RIGHTS)
    token = token_of(alice)
    client = Client(headers={"host": live_server.url.removeprefix("http://")})
    client.force_login(alice)
    found = examples(client.get("/api/docs/").content.decode())
    # One shell, as for the reader: a later example uses what an earlier one has set.
    script = "\n".join(f"echo '=== {number}'\n{text}" for number, (text, _) in enumerate(found))
    run = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "TOKEN": token, "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    answered = [
        int(re.findall(r"^HTTP/1\.1 (\d+)", answer, re.MULTILINE)[-1])
        for answer in run.stdout.split("=== ")[1:]
    ]
    assert answered == [status for _, status in found]
    assert len(found) >= 12
    # "All at once", says the page.
    assert all(f'"/{name}"' in run.stdout for name in ("name", "email", "country"))


@pytest.fixture
def browser(db: None) -> Client:
    client = Client()
    client.force_login(user_with("alice"))
    return client


@pytest.mark.parametrize("path", PAGES)
def test_the_docs_are_for_those_who_are_logged_in(client: Client, path: str) -> None:
    assert client.get(path)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("path", PAGES)
def test_the_docs_have_no_inline_script_or_style_or_foreign_files(
    browser: Client, path: str
) -> None:
    page = browser.get(path).content.decode()
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert not re.search(r"(?:src|href)=.(?:https?:)?//", page)


@pytest.mark.parametrize("name", [kind.name for kind in problem_kinds()])
def test_the_type_of_a_problem_leads_to_its_section(browser: Client, name: str) -> None:
    [kind] = [kind for kind in problem_kinds() if kind.name == name]
    path, _, section = kind.type.partition("#")
    assert f'id="{section}"' in browser.get(path).content.decode()
