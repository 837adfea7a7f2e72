from openai import AsyncOpenAI
from types import SimpleNamespace
from agents import Agent, ModelSettings, TResponseInputItem, Runner, RunConfig, trace
from pydantic import BaseModel

# Shared client for guardrails and file search
client = AsyncOpenAI()
ctx = SimpleNamespace(guardrail_llm=client)
librarian = Agent(
  name="Librarian",
  instructions="You answer from files.",
  model="gpt-4.1",
  model_settings=ModelSettings(
    store=True
  )
)


class WorkflowInput(BaseModel):
  input_as_text: str


# Main code entrypoint
async def run_workflow(workflow_input: WorkflowInput):
  with trace("Library"):
    state = {

    }
    workflow = workflow_input.model_dump()
    conversation_history: list[TResponseInputItem] = [
      {
        "role": "user",
        "content": [
          {
            "type": "input_text",
            "text": workflow["input_as_text"]
          }
        ]
      }
    ]
    filesearch_result = { "results": [
      {
        "id": result.file_id,
        "filename": result.filename,
        "score": result.score,
      } for result in client.vector_stores.search(vector_store_id="vs_library", query=workflow["input_as_text"], max_num_results=10)
    ]}
    librarian_result_temp = await Runner.run(
      librarian,
      input=[
        *conversation_history,
        {
          "role": "user",
          "content": [
            {
              "type": "input_text",
              "text": f"Found: {filesearch_result['results'][0]['filename']}"
            }
          ]
        }
      ],
      run_config=RunConfig(trace_metadata={
        "__trace_source__": "agent-builder",
        "workflow_id": "wf_library"
      })
    )

    conversation_history.extend([item.to_input_item() for item in librarian_result_temp.new_items])

    librarian_result = {
      "output_text": librarian_result_temp.final_output_as(str)
    }
    return librarian_result
