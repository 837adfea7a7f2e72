"""What Python documents by a private name."""

import threading

from turnstream_worker.failures.code_locations import ThreadActivity, doing_of_thread

from tests.unit.coupling.private_names import takes


@takes("sys._current_frames")
def test_the_innermost_function_of_an_app_is_found_in_another_thread() -> None:
    """Here this test is the app: it waits in the standard library."""
    entered, leave = threading.Event(), threading.Event()

    def waits() -> None:
        entered.set()
        leave.wait()

    thread = threading.Thread(target=waits)
    thread.start()
    entered.wait()
    try:
        doing = doing_of_thread(thread.ident or 0)
    finally:
        leave.set()
        thread.join()

    assert doing.function.startswith(f"{__name__}:")
    assert "waits (test_python.py:" in doing.function
    assert doing.is_apps
    assert "leave.wait()" in doing.stack
    assert doing_of_thread(thread.ident or 0) == ThreadActivity()
