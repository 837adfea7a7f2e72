"""`/v1/chatkit`: the API of OpenAI's hosted ChatKit, in its own shapes and errors."""
