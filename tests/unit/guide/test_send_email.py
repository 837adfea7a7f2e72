"""What a model may put into an email."""

from turnstream_guide.tools.send_email import SendEmail


def test_a_subject_is_one_line() -> None:
    """A line break in a header would let a model add recipients that nobody agreed to."""
    email = SendEmail(to="ann@example.com", subject="Hello\r\nBcc: eve@example.com", body="Hi")
    assert email.subject == "Hello Bcc: eve@example.com"
