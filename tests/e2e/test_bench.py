"""The load generator of the benchmark, against a whole system."""

from urllib.parse import urlsplit

from turnstream_devstack.stack import Stack

from bench.load import Round, load_generator


def test_a_round_of_the_benchmark_is_heard_to_its_end(demo: Stack) -> None:
    """It is a client like any other: what it sends is not refused, and what it hears has an end."""
    ports = tuple(urlsplit(url).port or 0 for url in demo.gateway_urls)
    with load_generator() as load:
        heard = load.run(Round(ports, "count to 5", clients=2, turns=2))

    assert len(heard.timings) == 4
    for timing in heard.timings:
        assert 0 < timing.first_event <= timing.first_text <= timing.whole
