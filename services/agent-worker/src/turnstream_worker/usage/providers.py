"""Who sells a model, as OpenTelemetry calls them (`gen_ai.provider.name`), by its server's host."""

_PROVIDERS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "services.ai.azure.com": "azure.ai.inference",
    "api.anthropic.com": "anthropic",
    "amazonaws.com": "aws.bedrock",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
    "api.cohere.ai": "cohere",
    "api.cohere.com": "cohere",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral_ai",
    "api.perplexity.ai": "perplexity",
    "api.x.ai": "x_ai",
}
"""The names of the conventions, by the end of the host. Any other is named after its host."""
IN_PROCESS = "turnstream"
"""The provider of a model that runs in the worker, such as the keyless one."""


def provider_of(host: str) -> str:
    """The provider behind `host[:port]`."""
    address = host.partition(":")[0]
    for ending, provider in _PROVIDERS.items():
        if address == ending or address.endswith(f".{ending}"):
            return provider
    return address or IN_PROCESS
