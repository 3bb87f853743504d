import re

import pytest

from tests.demo_remote.client import Client


def test_it_shows_a_page_that_says_it_is_a_demo(client: Client) -> None:
    reply = client.session.get(client.url)
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "pretend ERP" in reply.text


def test_it_serves_every_file_the_page_asks_for(client: Client) -> None:
    page = client.session.get(client.url).text
    wanted = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert len(wanted) == 3
    for path in wanted:
        assert path.startswith("/static/")
        reply = client.session.get(client.url + path)
        assert reply.status_code == 200
        for module in re.findall(r'from "\./([^"]+)"', reply.text):
            assert client.session.get(f"{client.url}/static/{module}").status_code == 200


def test_it_has_no_inline_script_or_style(client: Client) -> None:
    reply = client.session.get(client.url)
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]+src=)", reply.text)
    assert "script-src 'self'" in reply.headers["Content-Security-Policy"]
    assert "unsafe" not in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/static/page.py", "/static/..%2Fpage.py", "/static/", "/static", "/static/a/b", "/x"]
)
def test_it_serves_no_other_file(client: Client, path: str) -> None:
    assert client.session.get(client.url + path).status_code == 404


def test_it_only_shows_the_page(client: Client) -> None:
    assert client.session.post(client.url, data=b"x").status_code == 405
