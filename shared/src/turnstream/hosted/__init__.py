"""What comes from OpenAI's hosted ChatKit: the folder of an export, and its items in our form."""
